/** Files that the bundler gives as text: `import ... with { type: 'text' }`. */
declare module '*.css' {
  const text: string
  export default text
}

declare module '*.browser.js' {
  const text: string
  export default text
}
