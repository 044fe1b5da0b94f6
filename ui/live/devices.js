// The camera and the microphone as this browser has them: what is missing or kept from the page before Start, and the
// camera's picture as a mirror after it, straight from the browser: what the app receives is not sent back.

const CHOSEN = "streamlit-webrtc:device-ids"; // where the recorder beside it remembers the camera that was chosen
const KINDS = {
  video: { input: "videoinput", permission: "camera", name: "camera", without: "Microphone only" },
  audio: { input: "audioinput", permission: "microphone", name: "microphone", without: "Camera only" },
};

export default function (component) {
  const root = component.parentElement.querySelector(".devices");
  root.s2s ??= mount(root);
  root.s2s.update(component.data);
  return () => {
    root.s2s?.destroy();
    root.s2s = null;
  };
}

function mount(root) {
  const video = root.querySelector("video");
  const advice = root.querySelector(".advice");
  let data = null;
  let mirror = null; // a promise of the camera's stream

  const tell = async () => {
    const asked = data;
    const sentences = asked.playing ? [] : await missing(asked.wants);
    if (asked !== data) return;
    advice.replaceChildren(
      ...sentences.map((text) => {
        const line = document.createElement("p");
        line.textContent = text;
        return line;
      }),
    );
  };
  const open = () => {
    mirror = navigator.mediaDevices
      .getUserMedia({ video: { width: { ideal: 640 }, ...camera(data.recorder) } })
      .then((stream) => {
        video.srcObject = stream;
        video.hidden = false;
        return stream;
      })
      .catch(() => null); // the board says what does not come
  };
  const close = () => {
    mirror?.then((stream) => stream?.getTracks().forEach((track) => track.stop()));
    mirror = null;
    video.srcObject = null;
    video.hidden = true;
  };

  navigator.mediaDevices?.addEventListener("devicechange", tell);
  return {
    update(newest) {
      data = newest;
      tell();
      const wanted = data.playing && data.wants.video && navigator.mediaDevices;
      if (wanted && !mirror) open();
      if (!wanted && mirror) close();
    },
    destroy() {
      navigator.mediaDevices?.removeEventListener("devicechange", tell);
      close();
    },
  };
}

async function missing(wants) {
  if (!navigator.mediaDevices) return ["This browser gives a page neither camera nor microphone: use another one."];
  const there = new Set((await navigator.mediaDevices.enumerateDevices()).map((device) => device.kind));
  const sentences = [];
  for (const [kind, { input, permission, name, without }] of Object.entries(KINDS)) {
    if (!wants[kind]) continue;
    if (!there.has(input)) sentences.push(`No ${name} was found: plug one in, or choose ${without}.`);
    else if (await denied(permission)) {
      sentences.push(`The browser keeps the ${name} from this page: allow it beside the page's address, or choose ${without}.`);
    }
  }
  return sentences;
}

async function denied(name) {
  try {
    return (await navigator.permissions.query({ name })).state === "denied";
  } catch {
    return false; // this browser does not tell
  }
}

function camera(recorder) {
  try {
    const id = JSON.parse(localStorage.getItem(`${CHOSEN}:${recorder}`) ?? localStorage.getItem(CHOSEN))?.video;
    return id ? { deviceId: { ideal: id } } : {};
  } catch {
    return {};
  }
}
