// Loads libtorch and TorchSharp's native library: finds them, fits them to the system, and says in one line what is wrong where that fails.
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using TorchSharp;
using XClassFlow.Data;

namespace XClassFlow.Stages.Torch;

/// <summary>
/// The one door to libtorch. Commands, test assemblies (in a module initializer) and benchmarks call <see cref="EnsureLoaded"/> before their first use of
/// a TorchSharp type. Where nobody did, that first use loads the bundled libtorch through <see cref="Register"/>.
/// </summary>
/// <remarks>
/// On systems whose libstdc++ is older than GCC 13's, TorchSharp's native library is refused because it asks for GLIBCXX_3.4.32; a copy in which
/// that version is optional is loaded in its place (<see cref="AdjustedLibrary"/>). Both carry the same SONAME, so whoever asks for the library
/// by name later, TorchSharp included, gets the one that is loaded. Newer systems load the original.
/// </remarks>
public static class LibTorch
{
    private static readonly Lock Gate = new();
    private static readonly Lock Starting = new();
    private static NativeTorch? loaded;
    private static bool registered;

    /// <summary>
    /// Makes the first use of a TorchSharp type load its native library through this class; loads nothing. Runs by itself when this assembly is first used.
    /// </summary>
    /// <remarks>
    /// A safety net, good for the bundled libtorch only: the runtime asks here when its own search has failed, too late to choose another libtorch (it then
    /// fails), and TorchSharp turns whatever goes wrong here into its own long message.
    /// </remarks>
#pragma warning disable CA2255 // Libraries should not have module initializers: a native loader is the case they are made for.
    [ModuleInitializer]
#pragma warning restore CA2255
    public static void Register()
    {
        lock (Gate)
        {
            if (!registered)
            {
                registered = true;
                AssemblyLoadContext.Default.ResolvingUnmanagedDll += Resolve;
            }
        }
    }

    /// <summary>Loads libtorch; does nothing when it is loaded already. Thread-safe.</summary>
    /// <param name="libtorchFolder">The folder to use (configuration key xclassflow.torch.libtorch); null: XCLASSFLOW_LIBTORCH, else the bundled one.</param>
    /// <exception cref="UserErrorException">No usable libtorch, or another one is loaded already.</exception>
    public static LibTorchInfo EnsureLoaded(string? libtorchFolder = null)
    {
        var native = LoadNative(libtorchFolder);
        if (!string.IsNullOrEmpty(libtorchFolder) && LibTorchFolder.Find(libtorchFolder, null, []).Path != native.Folder.Path)
        {
            throw new UserErrorException(
                $"'{libtorchFolder}' cannot be used, libtorch from {native.Folder.Path} is loaded already",
                LibTorchFolder.ConfigKey,
                "start another process for it");
        }

        // Not under the gate: another thread may be inside TorchSharp's class constructor, waiting for the gate in Resolve.
        lock (Starting)
        {
            Start(native);
        }

        var assembly = typeof(torch).Assembly;
        var version = assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];
        return new(
            native.Folder.Path,
            native.Folder.Origin,
            native.Folder.Version(torch.__version__),
            version ?? assembly.GetName().Version?.ToString() ?? "unknown",
            native.Adjusted,
            native.Wrapper,
            torch.get_num_threads());
    }

    /// <summary>The address of a function of TorchSharp's native library, for the few that its managed side does not offer.</summary>
    internal static nint FunctionAddress(string name) => NativeLibrary.GetExport(LoadNative(null).WrapperHandle, name);

    /// <summary>Starts TorchSharp's managed side, which asks for its libraries by name once per device type.</summary>
    private static void Start(NativeTorch native)
    {
        try
        {
            torch.TryInitializeDeviceType(DeviceType.CPU);
            if (native.HasCuda)
            {
                torch.TryInitializeDeviceType(DeviceType.CUDA);
            }
        }
        catch (Exception e) when (e is TypeInitializationException or NotSupportedException)
        {
            throw NativeLoader.Unusable(native.Folder, e.GetBaseException().Message, e);
        }
        finally
        {
            foreach (var alias in native.ClaimAliases())
            {
                alias.Dispose();
            }
        }
    }

    private static NativeTorch LoadNative(string? argument)
    {
        lock (Gate)
        {
            if (loaded is null)
            {
                var environment = Environment.GetEnvironmentVariable(LibTorchFolder.Variable);
                loaded = NativeLoader.Load(LibTorchFolder.Find(argument, environment, ApplicationFolders.Bundled()), ApplicationFolders.Wrapper());
            }

            return loaded;
        }
    }

    private static nint Resolve(Assembly assembly, string name)
    {
        if (assembly != typeof(torch).Assembly || name is not (ApplicationFolders.WrapperLibrary or "torch_cpu"))
        {
            return 0;
        }

        // On the thread that runs TorchSharp's class constructor: load, and leave the constructor to go on.
        var native = LoadNative(null);
        return name == ApplicationFolders.WrapperLibrary ? native.WrapperHandle : 0;
    }
}
