using System.Text.RegularExpressions;

namespace Weft.House.Tests;

/// <summary>Sizes and names of the source, and what must not stand in it.</summary>
public sealed partial class SourceTests
{
    private const int LongestFile = 400, LongestFunction = 60, MostConstructorParameters = 5;

    [Fact]
    public void No_file_is_longer_than_400_lines() => HouseExceptions.Check(HouseExceptions.FileLength, SourceMeasure.All
        .Where(file => file.Lines > LongestFile)
        .Select(file => new Violation(file.Path, $"{file.Lines} lines, at most {LongestFile}")));

    [Fact]
    public void No_function_is_longer_than_60_lines() => HouseExceptions.Check(HouseExceptions.FunctionLength, SourceMeasure.All
        .SelectMany(file => file.Functions())
        .Where(function => function.Lines > LongestFunction)
        .Select(function => new Violation(function.Name, $"{function.Lines} lines, at most {LongestFunction}")));

    [Fact]
    public void No_constructor_takes_more_than_5_parameters() => HouseExceptions.Check(HouseExceptions.ConstructorParameters, SourceMeasure.All
        .SelectMany(file => file.Constructors())
        .Where(constructor => constructor.Parameters > MostConstructorParameters)
        .Select(constructor => new Violation(constructor.Name, $"{constructor.Parameters} parameters, at most {MostConstructorParameters}; make an options record")));

    [Fact]
    public void Types_are_named_for_what_they_are() => HouseExceptions.Check(HouseExceptions.TypeName, SourceMeasure.All
        .SelectMany(file => file.TypeNames().Where(name => EmptyName().IsMatch(name))
            .Select(name => new Violation($"{file.Path}#{name}", "says nothing of what the type is; name it for its purpose"))));

    [Fact]
    public void Nothing_under_src_is_unfinished() => HouseExceptions.Check(HouseExceptions.Unfinished, Matches(
        Repository.Files.Where(path => path.StartsWith("src/", StringComparison.Ordinal)), UnfinishedMark()));

    [Fact]
    public void No_file_speaks_of_the_machine_it_was_written_on() =>
        HouseExceptions.Check(HouseExceptions.MachinePath, Matches(Repository.Files, MachinePath()));

    [Fact]
    public void Every_exception_has_a_reason() =>
        Assert.All(HouseExceptions.All, exception => Assert.True(exception.Reason.Length > 20, $"{exception.Subject}: say why"));

    [Fact]
    public void A_violation_that_nothing_excuses_fails()
    {
        var failure = Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => HouseExceptions.Check(HouseExceptions.FileLength, [new("a.cs", "too long")]));
        Assert.Contains("a.cs: too long", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_measures_see_what_they_should()
    {
        var file = new SourceMeasure("a.cs", """
            /// <summary>Not counted.</summary>
            class Shop(int a, int b, int c, int d, int e, int f)
            {
                private readonly Func<int> _lambda = () =>
                {
                    return 1;
                };

                [Obsolete]
                public int Total()
                {
                    int Local() =>
                        2;
                    return Local();
                }

                public int Size
                {
                    get => 1;
                    set { }
                }

                public Shop() : this(1, 2, 3, 4, 5, 6) { }
            }

            record Price(int A, int B, int C, int D, int E, int F);

            struct PriceUtils;
            """);
        Assert.Equal(28, file.Lines);
        Assert.Equal(
            [("a.cs#Shop.lambda", 4), ("a.cs#Shop.Total", 6), ("a.cs#Shop.Local", 2), ("a.cs#Shop.get", 1), ("a.cs#Shop.set", 1), ("a.cs#Shop.Shop constructor", 1)],
            file.Functions());
        Assert.Equal([("a.cs#Shop.Shop constructor", 0), ("a.cs#Shop", 6)], file.Constructors());
        Assert.Equal(["PriceUtils"], file.TypeNames().Where(name => EmptyName().IsMatch(name)));
        Assert.Equal([("b.cs#top-level statements", 3)], new SourceMeasure("b.cs", "int a = 1;\n\na++;\n").Functions());
    }

    [Theory]
    [InlineData("cd /{0}/me/x", true)]
    [InlineData("\"/{0}/x\"", true)]
    [InlineData("file:///{0}/x", true)]
    [InlineData("/{0}/x at the beginning", true)]
    [InlineData("https://example.org/{0}/x", false)]
    [InlineData("a/{0}/b", false)]
    [InlineData("$HOME/{0}/b", false)]
    [InlineData("the {0}/life balance", false)]
    public void Machine_paths_are_told_from_relative_ones_and_addresses(string text, bool found)
    {
        foreach (string folder in new[] { "work", "root", "home" })
            Assert.Equal(found, MachinePath().IsMatch(string.Format(System.Globalization.CultureInfo.InvariantCulture, text, folder)));
    }

    private static IEnumerable<Violation> Matches(IEnumerable<string> paths, Regex pattern)
    {
        foreach (string path in paths)
        {
            if (Repository.ReadText(path) is not { } text)
                continue;
            string[] lines = text.Split('\n');
            for (int i = 0; i < lines.Length; i++)
                if (pattern.Match(lines[i]) is { Success: true } match)
                    yield return new(path, $"line {i + 1} has '{match.Value}'");
        }
    }

    [GeneratedRegex("(Manager|Helper|Util|Utilitie)(s|y)?$")]
    private static partial Regex EmptyName();

    [GeneratedRegex(@"\b(TODO|FIXME|HACK)\b|NotImplementedException")]
    private static partial Regex UnfinishedMark();

    // Where a letter, a dot or a variable stands before the slash, the path is relative or an address.
    [GeneratedRegex(@"(?<![\p{L}\p{N}_.~$})%-])/(?:work|root|home)/|[A-Z]:\\Users\\")]
    private static partial Regex MachinePath();
}
