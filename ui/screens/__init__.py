"""The pages, one module each (not called `pages`: Streamlit would run the files of a folder of that name as scripts)."""
