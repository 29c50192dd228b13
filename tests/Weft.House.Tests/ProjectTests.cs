using System.Xml.Linq;

namespace Weft.House.Tests;

/// <summary>Which project may know which, and that the solution names them all.</summary>
public sealed class ProjectTests
{
    /// <summary>
    /// Every library and tool with the projects it may reference. What those reach may be referenced too: naming a neighbour's
    /// neighbour adds no arrow. Lower levels first; a new project gets its line here.
    /// </summary>
    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["Weft.Model"] = [],
        ["Weft.Text"] = [],
        ["Weft.Text.MachineLearning"] = ["Weft.Text"],
        ["Weft.Data"] = ["Weft.Text"],
        ["Weft.Inference"] = ["Weft.Model", "Weft.Text"],
        ["Weft.Tasks"] = ["Weft.Inference"],
        ["Weft.Training"] = ["Weft.Model", "Weft.Data", "Weft.Inference"],
        ["Weft.Evaluation"] = ["Weft.Data", "Weft.Inference"],
        ["Weft.Cli"] = ["Weft.Inference", "Weft.Tasks", "Weft.Data", "Weft.Evaluation"],
        ["Weft.Cli.Train"] = ["Weft.Training", "Weft.Inference", "Weft.Tasks", "Weft.Evaluation"],
    };

    /// <summary>Who may reach libtorch: hundreds of megabytes that nobody who only runs models should download.</summary>
    private static readonly HashSet<string> TorchUsers =
    [
        "Weft.Training", "Weft.Cli.Train",
        "Weft.Training.Tests", "Weft.Cli.Train.Tests", "Weft.Parity.Tests",
        "Weft.Benchmarks.Peers",
    ];

    private static string Here => $"the table {nameof(Arrows)} in tests/Weft.House.Tests/{nameof(ProjectTests)}.cs";

    [Fact]
    public void Every_project_has_its_line_in_the_table_of_arrows()
    {
        string[] unknown = [.. ProjectFile.In("src").Select(project => project.Name).Except(Arrows.Keys)];
        Assert.True(unknown.Length == 0, $"unknown project(s) {string.Join(", ", unknown)}: add a line to {Here}, at the level of design section 2");
    }

    [Fact]
    public void Projects_reference_lower_levels_only()
    {
        string[] wrong = [.. ProjectFile.In("src")
            .SelectMany(project => project.References.Except(Reachable(project.Name)).Select(target => $"{project.Name} -> {target}"))];
        Assert.True(wrong.Length == 0, $"arrow(s) that the design does not have: {string.Join(", ", wrong)}; permitted ones stand in {Here}");
    }

    [Fact]
    public void The_table_of_arrows_goes_down()
    {
        List<string> lower = [];
        foreach ((string name, string[] targets) in Arrows)
        {
            Assert.Empty(targets.Except(lower));
            lower.Add(name);
        }
    }

    [Fact]
    public void Only_training_reaches_libtorch()
    {
        string[] wrong = [.. ProjectFile.All
            .Where(project => !TorchUsers.Contains(project.Name))
            .SelectMany(project => project.Reach().SelectMany(reached => reached.Packages.Where(IsTorch)
                .Select(package => $"{project.Name} reaches {package} through {reached.Name}")))];
        Assert.True(wrong.Length == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void The_check_for_libtorch_sees_it_where_it_is() =>
        Assert.Contains(ProjectFile.All.Single(project => project.Name == "Weft.Training").Packages, IsTorch);

    [Fact]
    public void No_project_is_empty()
    {
        string[] empty = [.. ProjectFile.All.Where(project => !Repository.SourceFiles.Any(file =>
            file.StartsWith(project.Folder + "/", StringComparison.Ordinal))).Select(project => project.Path)];
        Assert.True(empty.Length == 0, $"project(s) without a source file of their own: {string.Join(", ", empty)}");
    }

    [Fact]
    public void The_solution_names_every_project_and_no_other()
    {
        string[] named = [.. XDocument.Load(Repository.FullPath("Weft.slnx")).Descendants("Project").Select(project => project.Attribute("Path")!.Value)];
        Assert.Equal(named.Distinct(), named);
        string[] projects = [.. ProjectFile.In("src").Concat(ProjectFile.In("tests")).Select(project => project.Path)];
        string[] problems =
        [
            .. projects.Except(named).Select(path => $"{path} is not in Weft.slnx"),
            .. named.Where(path => !File.Exists(Repository.FullPath(path))).Select(path => $"Weft.slnx names {path}, which does not exist"),
        ];
        Assert.True(problems.Length == 0, string.Join('\n', problems));
    }

    [Fact]
    public void A_project_is_named_like_its_folder() =>
        Assert.All(ProjectFile.In("src").Concat(ProjectFile.In("tests")), project => Assert.Equal(project.Folder.Split('/')[^1], project.Name));

    private static bool IsTorch(string package) =>
        package.Contains("torch", StringComparison.OrdinalIgnoreCase);

    private static HashSet<string> Reachable(string name)
    {
        HashSet<string> reached = [];
        Queue<string> waiting = new(Arrows.GetValueOrDefault(name, []));
        while (waiting.TryDequeue(out string? next))
            if (reached.Add(next))
                foreach (string target in Arrows.GetValueOrDefault(next, []))
                    waiting.Enqueue(target);
        return reached;
    }
}
