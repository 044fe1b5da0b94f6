// The camera's picture as a mirror, straight from the browser: what the app receives is not sent back.

const CHOSEN = "streamlit-webrtc:device-ids"; // where the recorder beside it remembers the camera that was chosen

export default function (component) {
  const video = component.parentElement.querySelector("video");
  let stream = null;
  let gone = false;
  if (video.srcObject) return undefined;
  navigator.mediaDevices
    ?.getUserMedia({ video: { width: { ideal: 640 }, ...camera(component.data.key) } })
    .then((opened) => {
      stream = opened;
      if (gone) stop();
      else {
        video.srcObject = stream;
        video.hidden = false;
      }
    })
    .catch(() => {
      video.hidden = true; // the page says what is missing
    });

  const stop = () => {
    stream?.getTracks().forEach((track) => track.stop());
    video.srcObject = null;
  };
  return () => {
    gone = true;
    stop();
  };
}

function camera(key) {
  try {
    const id = JSON.parse(localStorage.getItem(`${CHOSEN}:${key}`) ?? localStorage.getItem(CHOSEN))?.video;
    return id ? { deviceId: { ideal: id } } : {};
  } catch {
    return {};
  }
}
