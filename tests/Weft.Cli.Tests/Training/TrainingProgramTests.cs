using System.Diagnostics;
using Weft.Cli.Training;

namespace Weft.Cli.Tests.Training;

/// <summary>Where weft-train is looked for, and how it is started.</summary>
public sealed class TrainingProgramTests : IDisposable
{
    private static readonly string Executable = OperatingSystem.IsWindows() ? "weft-train.exe" : "weft-train";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_most_explicit_place_comes_first()
    {
        string tool = Folder("src/Weft.Cli/bin/Release/net10.0");
        string onPath = Create($"path/{Executable}"),
            built = Create("src/Weft.Cli.Train/bin/Release/net10.0/weft-train.dll"),
            library = Create("src/Weft.Cli/bin/Release/net10.0/weft-train.dll"),
            beside = Create($"src/Weft.Cli/bin/Release/net10.0/{Executable}"),
            named = Create("elsewhere/weft-train.dll");
        string path = string.Join(Path.PathSeparator, "", Folder("empty"), Folder("path"));
        Assert.Equal(named, TrainingProgram.Find(named, tool, path).File);
        foreach (string expected in new[] { beside, library, built, onPath })
        {
            // With a separator at its end, as .NET gives it.
            Assert.Equal(expected, TrainingProgram.Find(null, tool + Path.DirectorySeparatorChar, path).File);
            Assert.Equal(expected, TrainingProgram.Find("", tool, path).File);
            File.Delete(expected);
        }
        FileNotFoundException error = Assert.Throws<FileNotFoundException>(() => TrainingProgram.Find(null, tool, path));
        Assert.Equal("weft-train, which this command starts, was not found beside weft or on the PATH; "
            + "put it there, build src/Weft.Cli.Train in weft's own configuration, or set WEFT_TRAIN to the path of weft-train.dll", error.Message);
    }

    [Fact]
    public void The_source_tree_is_searched_in_the_same_configuration()
    {
        Create("src/Weft.Cli.Train/bin/Release/net10.0/weft-train.dll");
        Assert.Throws<FileNotFoundException>(() => TrainingProgram.Find(null, Folder("src/Weft.Cli/bin/Debug/net10.0"), null));
    }

    [Fact]
    public void A_shallow_folder_is_no_source_tree() =>
        Assert.Throws<FileNotFoundException>(() => TrainingProgram.Find(null, Path.GetPathRoot(_folder.FullName)!, null));

    [Fact]
    public void A_file_on_the_path_that_nobody_may_run_is_passed_over()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such permission");
        Create($"path/{Executable}", executable: false);
        Assert.Throws<FileNotFoundException>(() => TrainingProgram.Find(null, _folder.FullName, Folder("path")));
    }

    [Fact]
    public void A_variable_that_names_no_file_is_refused_even_where_the_program_is_installed()
    {
        Create($"path/{Executable}");
        string missing = _folder.File("missing.dll");
        FileNotFoundException error = Assert.Throws<FileNotFoundException>(() => TrainingProgram.Find(missing, _folder.FullName, Folder("path")));
        Assert.StartsWith($"WEFT_TRAIN is '{missing}', which is no file; set it to the path of weft-train.dll", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_library_is_started_by_the_dotnet_host_that_runs_now()
    {
        ProcessStartInfo start = new TrainingProgram(Create("weft-train.dll")).StartInfo(["train", "my recipe.yaml"]);
        Assert.True(Path.IsPathFullyQualified(start.FileName));
        Assert.Equal("dotnet", Path.GetFileNameWithoutExtension(start.FileName));
        Assert.Equal([_folder.File("weft-train.dll"), "train", "my recipe.yaml"], start.ArgumentList);
        Assert.False(start.UseShellExecute || start.RedirectStandardInput || start.RedirectStandardOutput || start.RedirectStandardError);
        Assert.Equal(Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") ?? "passive", start.Environment["OMP_WAIT_POLICY"]);
    }

    [Fact]
    public void An_executable_is_started_as_it_is_and_told_where_the_runtime_is()
    {
        ProcessStartInfo start = new TrainingProgram(Create(Executable)).StartInfo(["quickstart"]);
        Assert.Equal(_folder.File(Executable), start.FileName);
        Assert.Equal(["quickstart"], start.ArgumentList);
        Assert.False(string.IsNullOrEmpty(start.Environment["DOTNET_ROOT"]));
    }

    private string Folder(string name) => Directory.CreateDirectory(_folder.File(name)).FullName;

    private string Create(string name, bool executable = true)
    {
        string file = Path.Combine(Folder(Path.GetDirectoryName(name)!), Path.GetFileName(name));
        File.WriteAllText(file, "");
        if (executable && !OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, File.GetUnixFileMode(file) | UnixFileMode.UserExecute);
        return file;
    }
}
