using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Weft.House.Tests;

/// <summary>The C# of the documents compiles against the libraries as they are.</summary>
public sealed class SnippetTests
{
    /// <summary>The implicit usings of a console project.</summary>
    private const string ImplicitUsings =
        """
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;
        global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;
        """;

    /// <summary>Lines of a sample.</summary>
    private const int LongestSample = 60;

    /// <summary>The framework and the referenced libraries: all that this process could load.</summary>
    private static readonly MetadataReference[] References =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Select(path => MetadataReference.CreateFromFile(path))];

    [Theory]
    [InlineData("README.md")]
    [InlineData("README.zh-CN.md")]
    [InlineData("docs/metrics.md")]
    [InlineData("docs/one-token.md")]
    [InlineData("docs/tasks.md")]
    public void Every_CSharp_block_compiles(string path)
    {
        string[] problems = [.. Problems(new MarkdownFile(path, Repository.RequireText(path)))];
        Assert.True(problems.Length == 0, string.Join("\n\n", problems));
    }

    [Fact]
    public void Every_sample_compiles_and_fits_on_a_page()
    {
        string[] samples = [.. Repository.SourceFiles.Where(path => path.StartsWith("samples/", StringComparison.Ordinal))];
        Assert.NotEmpty(samples);
        Assert.All(samples, path =>
        {
            string program = Repository.RequireText(path);
            Assert.Empty(Errors(program));
            Assert.InRange(program.Split('\n').Length - 1, 1, LongestSample);
        });
    }

    [Fact]
    public void Programs_members_and_continued_fragments_are_told_from_mistakes()
    {
        const string document =
            """
            ```csharp
            using Weft.Model.Spec;
            PositionSpec none = new PositionSpec.None();
            ```
            ```csharp
            Console.WriteLine(none);
            ```
            ```csharp
            public static int Twice(int x) => 2 * x;
            ```
            ```text
            no C# at all
            ```
            ```csharp
            int wrong = "text";
            ```
            """;
        string problem = Assert.Single(Problems(new MarkdownFile("x.md", document)));
        Assert.StartsWith("x.md line 15", problem, StringComparison.Ordinal);
        Assert.Contains("CS0029", problem, StringComparison.Ordinal);
    }

    /// <summary>A block may be a program, go on where the blocks before it ended, or show members of a class.</summary>
    private static IEnumerable<string> Problems(MarkdownFile file)
    {
        string before = "";
        foreach (MarkdownFile.Block block in file.Blocks().Where(block => block.Language is "csharp" or "cs"))
        {
            string continued = Join(before, block.Text);
            if (Errors(continued).Length == 0)
            {
                before = continued;
                continue;
            }
            Diagnostic[] alone = Errors(block.Text);
            // A block that declares anew what the story already has starts the story afresh.
            if (alone.Length == 0)
                before = block.Text;
            else if (Errors($"return; class Members\n{{\n{block.Text}\n}}").Length > 0)
                yield return $"{file.Path} line {block.Line}:\n{block.Text}\n{string.Join('\n', alone.Select(error => error.ToString()))}";
        }
    }

    /// <summary>Usings of both first, as the language demands.</summary>
    private static string Join(string first, string second)
    {
        string[] lines = [.. first.Split('\n'), .. second.Split('\n')];
        return string.Join('\n', lines.Where(IsUsing).Distinct().Concat(lines.Where(line => !IsUsing(line))));
    }

    private static bool IsUsing(string line) =>
        line.StartsWith("using ", StringComparison.Ordinal) && line.TrimEnd().EndsWith(';') && !line.Contains('(', StringComparison.Ordinal)
        && (!line.Contains('=', StringComparison.Ordinal) || line.Split('=')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries).Length == 2);

    private static Diagnostic[] Errors(string program)
    {
        // A sample is one file that names its projects itself: #:project.
        var options = new CSharpParseOptions(LanguageVersion.CSharp14).WithFeatures([new("FileBasedProgram", "true")]);
        var compilation = CSharpCompilation.Create("Snippet",
            [CSharpSyntaxTree.ParseText(program, options), CSharpSyntaxTree.ParseText(ImplicitUsings, options)],
            References, new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        return [.. compilation.GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)];
    }
}
