// The few calls of the system's dynamic linker that NativeLibrary does not offer: immediate binding, the error's text, a library's name.
using System.Runtime.InteropServices;

namespace XClassFlow.Stages.Torch;

/// <summary>dlopen of glibc 2.34 or later, which TorchSharp's native library needs anyway. Linux only. Handles are never closed.</summary>
internal static partial class DynamicLinker
{
    private const int Lazy = 1;
    private const int Now = 2;
    private const int OnlyIfLoaded = 4;

    /// <summary>Opens a library by path; binds all of its functions at once when <paramref name="bindNow"/>, so that a missing one shows here and not in mid-run.</summary>
    /// <returns>The handle, or 0 with the linker's message in <paramref name="error"/>.</returns>
    public static nint Open(string path, bool bindNow, out string error)
    {
        // Called before as well: the runtime's own look-up of dlerror would otherwise come in between and clear the message.
        _ = DlError();
        var handle = DlOpen(path, bindNow ? Now : Lazy);
        error = handle == 0 ? Marshal.PtrToStringUTF8(DlError()) ?? "unknown error" : "";
        return handle;
    }

    /// <summary>The file that a loaded library came from, or null when none of that name is loaded.</summary>
    public static string? LoadedPath(string name)
    {
        var handle = DlOpen(name, Lazy | OnlyIfLoaded);
        return handle == 0 ? null : Marshal.PtrToStringUTF8(Marshal.ReadIntPtr(handle, IntPtr.Size));
    }

    /// <summary>
    /// Lets the linker take <paramref name="path"/> for another name of a library that is loaded already, until the result is disposed.
    /// A handle is a <c>struct link_map</c> (&lt;link.h&gt;: l_addr, l_name, ...), and a request by path is first compared with l_name.
    /// </summary>
    public static IDisposable Alias(nint handle, string path) => new NameOverride(handle, path);

    /// <summary>
    /// Sets a variable of the process environment, as native libraries read it when they are loaded (the runtime keeps a copy of its own), unless
    /// it is set already.
    /// </summary>
    public static void SetDefault(string variable, string value)
    {
        if (SetEnv(variable, value, overwrite: 0) != 0)
        {
            throw new InvalidOperationException($"setenv {variable} failed");
        }
    }

    [LibraryImport("libc.so.6", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnv(string name, string value, int overwrite);

    [LibraryImport("libc.so.6", EntryPoint = "dlopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint DlOpen(string path, int flags);

    [LibraryImport("libc.so.6", EntryPoint = "dlerror")]
    private static partial nint DlError();

    private sealed class NameOverride : IDisposable
    {
        private readonly nint handle;
        private readonly nint original;
        private readonly nint name;

        public NameOverride(nint handle, string path)
        {
            this.handle = handle;
            original = Marshal.ReadIntPtr(handle, IntPtr.Size);
            name = Marshal.StringToCoTaskMemUTF8(path);
            Marshal.WriteIntPtr(handle, IntPtr.Size, name);
        }

        public void Dispose()
        {
            Marshal.WriteIntPtr(handle, IntPtr.Size, original);
            Marshal.FreeCoTaskMem(name);
        }
    }
}
