using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using System.Security.Cryptography;

namespace Weft.Training.Native;

/// <summary>
/// Makes TorchSharp's native library load on Linux systems whose C++ runtime is older than GCC 13 (Debian 12, Ubuntu 22.04).
/// <c>libLibTorchSharp.so</c> of TorchSharp 0.107 asks for symbol version GLIBCXX_3.4.32, though no relocation uses the one symbol
/// that carries it (docs/decisions/0003-torchsharp-on-older-linux.md). Where the system refuses it, a copy with that requirement
/// marked weak is loaded instead, from a cache folder; the package's own file is never touched.
/// </summary>
public static class NativeTorch
{
    private const string LibraryName = "LibTorchSharp";
    private const string LibraryFile = "libLibTorchSharp.so";
    private const string TorchFile = "libtorch.so";

    /// <summary>Those of the CUDA packages which this TorchSharp goes with.</summary>
    internal const string CudaVersion = "12.8", TorchVersion = "2.10.0";

    private const string UnusedVersion = "GLIBCXX_3.4.32";

    private static readonly Lock Gate = new();
    private static nint _patched;

    /// <summary>The libtorch that is loaded here has CUDA's kernels beside the processor's.</summary>
    internal static bool HasCudaBuild => Find(OperatingSystem.IsWindows() ? "torch_cuda.dll" : "libtorch_cuda.so") is not null;

    /// <summary>How to get it.</summary>
    internal static string CudaRemedy
    {
        get
        {
            if (Platform is not ("linux-x64" or "win-x64"))
                return "CUDA is there for linux-x64 and win-x64 alone; give cpu";
            string package = $"libtorch-cuda-{CudaVersion}-{Platform}";
            return $"build weft with the property WeftTorch=cuda (NuGet package {package} {TorchVersion}), reference that package in place of libtorch-cpu-{Platform} "
                + $"in a program of your own, or put the files of that libtorch in place of those in {Path.Combine("runtimes", Platform, "native")}; docs/recipes.md has more";
        }
    }

    /// <summary>As packages name it.</summary>
    private static string Platform => (OperatingSystem.IsWindows() ? "win-" : OperatingSystem.IsMacOS() ? "osx-" : "linux-") + RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();

    /// <summary>Hooks the runtime's search; runs by itself before any code of this library.</summary>
    [ModuleInitializer]
    internal static void Hook()
    {
        if (OperatingSystem.IsLinux())
            AssemblyLoadContext.Default.ResolvingUnmanagedDll += (_, name) => name.Contains(LibraryName, StringComparison.Ordinal) ? Resolve() : 0;
    }

    /// <summary>Loads libtorch now, so that a missing or broken installation is reported before any work is done.</summary>
    /// <exception cref="NotSupportedException">libtorch cannot be loaded here; the message says why and what to do.</exception>
    public static void Load()
    {
        try
        {
            Silently(() => TorchSharp.torch.TryInitializeDeviceType(TorchSharp.DeviceType.CPU));
        }
        catch (Exception e) when (e is NotSupportedException or DllNotFoundException or TypeInitializationException or IOException)
        {
            throw new NotSupportedException(
                $"libtorch does not load on {RuntimeInformation.RuntimeIdentifier}: reference the libtorch-cpu package of this platform"
                + " (linux-x64, win-x64 and osx-arm64 exist) and install the C++ runtime (libstdc++6 on Debian)", e);
        }
    }

    /// <summary>CUDA devices that torch can use; none where libtorch is no build for CUDA, or where there is no driver.</summary>
    /// <exception cref="NotSupportedException">libtorch cannot be loaded here.</exception>
    public static int CountCudaDevices()
    {
        Load();
        return Silently(TorchSharp.torch.cuda.is_available) ? TorchSharp.torch.cuda.device_count() : 0;
    }

    /// <summary>TorchSharp prints its whole search to standard output before it throws; one line says it better.</summary>
    private static T Silently<T>(Func<T> load)
    {
        TextWriter output = Console.Out;
        try
        {
            Console.SetOut(TextWriter.Null);
            return load();
        }
        finally
        {
            Console.SetOut(output);
        }
    }

    private static nint Resolve()
    {
        lock (Gate)
        {
            if (_patched == 0 && Find(LibraryFile) is { } original && Find(TorchFile) is { } torch)
            {
                // The copy lies apart from libtorch, which its $ORIGIN can then not find; loaded first, it is there by its name.
                NativeLibrary.Load(torch);
                _patched = NativeLibrary.Load(WriteWeakCopy(original));
            }
            return _patched;
        }
    }

    private static string? Find(string file)
    {
        string searched = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        return searched.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Append(AppContext.BaseDirectory)
            .Append(Path.Combine(AppContext.BaseDirectory, "runtimes", Platform, "native"))
            .Select(folder => Path.Combine(folder, file))
            .FirstOrDefault(File.Exists);
    }

    /// <summary>The copy's folder is named by the original's hash, so that a new TorchSharp gets a new copy.</summary>
    private static string WriteWeakCopy(string original)
    {
        byte[] library = File.ReadAllBytes(original);
        string cache = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        if (cache.Length == 0)
            cache = Path.GetTempPath();
        string hash = Convert.ToHexStringLower(SHA256.HashData(library))[..16];
        string copy = Path.Combine(cache, "weft", "native", hash, LibraryFile);
        if (ElfVersionRequirement.MakeWeak(library, UnusedVersion) == 0)
            return original;
        if (!File.Exists(copy) || !File.ReadAllBytes(copy).AsSpan().SequenceEqual(library))
            AtomicFile.Write(copy, stream => stream.Write(library));
        return copy;
    }
}
