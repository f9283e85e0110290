{
  # Builds the addon from every C++ source under native/. Links no llama library: llama.cpp is opened at run time.
  # scripts/build-addon.mjs passes llama_headers, the folder that scripts/llama-headers.mjs filled.
  "variables": { "llama_headers%": "" },
  "targets": [
    {
      "target_name": "espalier",
      "sources": [ "<!@(node scripts/build-addon.mjs --list-sources)" ],
      "include_dirs": [
        "native",
        "<(llama_headers)/include",
        "<(llama_headers)/ggml/include"
      ],
      "defines": [ "NAPI_VERSION=8" ],
      "cflags!": [ "-fno-exceptions" ],
      "cflags_cc!": [ "-fno-exceptions", "-fno-rtti", "-std=gnu++17", "-std=gnu++20", "-O2" ],
      "cflags_cc": [ "-std=c++17", "-O3", "-fvisibility=hidden", "-Wall", "-Wextra", "-fno-math-errno",
        "-fno-trapping-math", "-ffp-contract=off" ],
      "conditions": [
        [ "OS=='linux'", {
          "libraries": [ "-ldl", "-lpthread" ],
          # What compilers and linkers offer against mistakes in memory; test/native/hardening.test.ts looks for it.
          "cflags_cc": [ "-fstack-protector-strong", "-fstack-clash-protection", "-U_FORTIFY_SOURCE",
            "-D_FORTIFY_SOURCE=2", "-D_GLIBCXX_ASSERTIONS" ],
          "ldflags": [ "-Wl,-z,relro", "-Wl,-z,now", "-Wl,-z,noexecstack" ],
          "conditions": [
            [ "target_arch=='x64'", { "cflags_cc": [ "-fcf-protection=full" ] } ],
            [ "target_arch=='arm64'", { "cflags_cc": [ "-mbranch-protection=standard" ] } ]
          ]
        } ],
        [ "OS=='mac'", {
          "xcode_settings": {
            "GCC_ENABLE_CPP_EXCEPTIONS": "YES",
            "GCC_ENABLE_CPP_RTTI": "YES",
            "GCC_OPTIMIZATION_LEVEL": "3",
            "GCC_SYMBOLS_PRIVATE_EXTERN": "YES",
            "CLANG_CXX_LANGUAGE_STANDARD": "c++17",
            "CLANG_CXX_LIBRARY": "libc++",
            "MACOSX_DEPLOYMENT_TARGET": "14.0",
            "OTHER_CPLUSPLUSFLAGS": [ "-ffp-contract=off", "-fstack-protector-strong", "-D_FORTIFY_SOURCE=2" ]
          }
        } ],
        [ "OS=='win'", {
          "defines": [ "NOMINMAX", "WIN32_LEAN_AND_MEAN" ],
          "msvs_settings": {
            "VCCLCompilerTool": {
              "ExceptionHandling": 1,
              "RuntimeTypeInfo": "true",
              "Optimization": 2,
              "BufferSecurityCheck": "true",
              "AdditionalOptions": [ "/std:c++17", "/utf-8", "/guard:cf" ]
            },
            "VCLinkerTool": { "AdditionalOptions": [ "/guard:cf", "/DYNAMICBASE", "/NXCOMPAT" ] }
          }
        } ]
      ]
    }
  ]
}
