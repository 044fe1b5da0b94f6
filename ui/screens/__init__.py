"""The pages, a module each; in a folder called `pages` Streamlit would run them as scripts."""
