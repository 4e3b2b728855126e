// JupyterLab takes arrow keys and letters for its own shortcuts; in a field of a panel they belong to the field.
if (!window.govkitKeys) {
  window.govkitKeys = true;
  document.addEventListener('focusin', event => {
    if (event.target.closest('.gk-panel')) event.target.setAttribute('data-lm-suppress-shortcuts', 'true');
  }, true);
}
