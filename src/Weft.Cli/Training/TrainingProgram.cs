using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Weft.Cli.Training;

/// <summary>The program <c>weft-train</c>. It brings native libtorch, which is why it is a program of its own.</summary>
/// <param name="File">Full path of an executable, or of a .dll that the dotnet host runs.</param>
internal sealed record TrainingProgram(string File)
{
    /// <summary>Name of the environment variable that says where the program is.</summary>
    public const string Variable = "WEFT_TRAIN";

    private const string Name = "weft-train";
    private const string Library = Name + ".dll";

    private static readonly string Executable = OperatingSystem.IsWindows() ? Name + ".exe" : Name;

    private bool Exists => System.IO.File.Exists(File);

    /// <summary>Looks in the places where the program may be, the most explicit first.</summary>
    /// <param name="named">Value of <see cref="Variable"/>.</param>
    /// <param name="toolFolder">Folder of weft.dll.</param>
    /// <param name="searchPath">Value of PATH.</param>
    /// <exception cref="FileNotFoundException">It is in none of them; the message says what to do.</exception>
    public static TrainingProgram Find(string? named, string toolFolder, string? searchPath)
    {
        if (!string.IsNullOrEmpty(named))
            return new TrainingProgram(Path.GetFullPath(named)) is { Exists: true } program
                ? program
                : throw new FileNotFoundException(
                    $"{Variable} is '{named}', which is no file; set it to the path of {Library} or of the executable {Executable}, or unset it");
        return Candidates(toolFolder, searchPath).FirstOrDefault(candidate => candidate.Exists)
            ?? throw new FileNotFoundException(
                $"{Name}, which this command starts, was not found beside weft or on the PATH; "
                + $"put it there, build src/Weft.Cli.Train in weft's own configuration, or set {Variable} to the path of {Library}");
    }

    /// <summary>How to start it with the standard streams of this process.</summary>
    public ProcessStartInfo StartInfo(IEnumerable<string> arguments)
    {
        string host = Host();
        bool isLibrary = Path.GetExtension(File).Equals(".dll", StringComparison.OrdinalIgnoreCase);
        var start = new ProcessStartInfo(isLibrary ? host : File, isLibrary ? [File, .. arguments] : arguments) { UseShellExecute = false };
        // An executable looks for the runtime in the usual places alone, and this process may run on another one.
        if (!isLibrary && Path.IsPathFullyQualified(host))
            start.Environment.TryAdd("DOTNET_ROOT", Path.GetDirectoryName(host));
        // libtorch's threads wait for each other thousands of times a second. Spinning meanwhile, they starve each other where something else
        // computes too; asleep they lose nothing where nothing does. OpenMP reads it when the process starts.
        start.Environment.TryAdd("OMP_WAIT_POLICY", "passive");
        return start;
    }

    private static IEnumerable<TrainingProgram> Candidates(string toolFolder, string? searchPath)
    {
        yield return new(Path.Combine(toolFolder, Executable));
        yield return new(Path.Combine(toolFolder, Library));
        // src/Weft.Cli/bin/<configuration>/<framework>: the source tree.
        var framework = new DirectoryInfo(Path.TrimEndingDirectorySeparator(toolFolder));
        if (framework.Parent is { Parent.Parent.Parent: { } sources } configuration)
            yield return new(Path.Combine(sources.FullName, "Weft.Cli.Train", "bin", configuration.Name, framework.Name, Library));
        foreach (string folder in (searchPath ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
            if (MayRun(Path.Combine(folder, Executable)))
                yield return new(Path.GetFullPath(Path.Combine(folder, Executable)));
    }

    /// <summary>Shells pass over files on the PATH that nobody may run.</summary>
    private static bool MayRun(string file) =>
        System.IO.File.Exists(file) && (OperatingSystem.IsWindows()
            || (System.IO.File.GetUnixFileMode(file) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0);

    /// <summary>The dotnet host whose runtime this process runs on.</summary>
    private static string Host()
    {
        string name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        // <root>/shared/Microsoft.NETCore.App/<version>/
        string host = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", name));
        return System.IO.File.Exists(host) ? host : name;
    }
}
