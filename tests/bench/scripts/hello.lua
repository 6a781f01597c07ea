-- What `hello` does, for wrk: each request is built, each status is checked.
local threads = {}
failed = 0

function setup(thread)
  table.insert(threads, thread)
end

function request()
  return wrk.format("GET", wrk.path, { ["User-Agent"] = "wrk" })
end

function response(status)
  if status ~= 200 then failed = failed + 1 end
end

function done()
  local sum = 0
  for _, thread in ipairs(threads) do sum = sum + thread:get("failed") end
  io.write("checks failed: ", sum, "\n")
end
