await new Promise(r => setTimeout(r, 20)); export default 1; console.log("slow once")
