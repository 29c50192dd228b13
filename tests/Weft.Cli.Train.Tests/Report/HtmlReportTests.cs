using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;

using Weft.Cli.Train.Report;

namespace Weft.Cli.Train.Tests.Report;

public sealed class HtmlReportTests
{
    [Fact]
    public void Page_is_well_formed_and_shows_every_part()
    {
        XDocument page = Parse(HtmlReport.ToHtml(SampleRun.Create()));
        string[] headings = [.. page.Descendants("h2").Select(heading => heading.Value)];
        Assert.Equal(["Loss", "Samples", "Attention", "Timeline", "Model", "Corpus", "Derived settings"], headings);
        Assert.Equal(7, page.Descendants("dt").Count());
        Assert.Contains(page.Descendants("title"), title => title.Value == "of → a: 0.250");
    }

    [Fact]
    public void Hostile_text_stays_text()
    {
        string html = HtmlReport.ToHtml(SampleRun.Create(text: SampleRun.Hostile));
        XDocument page = Parse(html);
        Assert.DoesNotContain("<b>&", html);
        Assert.Equal(2, Regex.Count(html, "</script>"));
        Assert.Equal(2, page.Descendants("script").Count());
        Assert.Contains(page.Descendants("span"), span => span.Value == "Returns </script><b>&\"'\uFFFD\uFFFD\uFFFD]]>");
        using JsonDocument data = JsonDocument.Parse(Data(page));
        Assert.Equal("a", data.RootElement.GetProperty("attention").GetProperty("tokens")[0].GetString());
        Assert.StartsWith("</script><b>&\"'", data.RootElement.GetProperty("attention").GetProperty("tokens")[1].GetString());
    }

    [Fact]
    public void Page_refers_to_nothing_outside()
    {
        string html = HtmlReport.ToHtml(SampleRun.Create());
        Assert.DoesNotContain("http://", html);
        Assert.DoesNotContain("https://", html);
        Assert.DoesNotMatch("(src|href)=|@import|url\\(", html);
    }

    [Fact]
    public void Ids_are_unique()
    {
        string[] ids = [.. Parse(HtmlReport.ToHtml(SampleRun.Create())).Descendants().Attributes("id").Select(id => id.Value)];
        Assert.Equal(ids.Length, ids.Distinct().Count());
    }

    [Fact]
    public void Culture_changes_nothing()
    {
        string expected = HtmlReport.ToHtml(SampleRun.Create());
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = German();
            Assert.Equal("1,5", 1.5.ToString(CultureInfo.CurrentCulture));
            Assert.Equal(expected, HtmlReport.ToHtml(SampleRun.Create()));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Data_holds_the_run()
    {
        using JsonDocument data = JsonDocument.Parse(Data(Parse(HtmlReport.ToHtml(SampleRun.Create(40)))));
        JsonElement steps = data.RootElement.GetProperty("steps");
        Assert.Equal(40, steps.GetProperty("loss").GetArrayLength());
        Assert.Equal(JsonValueKind.Null, steps.GetProperty("validationLoss")[0].ValueKind);
        Assert.Equal(JsonValueKind.Number, steps.GetProperty("validationLoss")[19].ValueKind);
        Assert.Equal(3_412_992, data.RootElement.GetProperty("figures").GetProperty("parameters").GetInt64());
    }

    [Fact]
    public void Nothing_recorded_is_shown_as_nothing()
    {
        var report = new RunReport
        {
            Title = "Empty",
            Date = default,
            Summary = "",
            Figures = new(double.NaN, double.NaN, double.PositiveInfinity, double.NaN, 0, double.NaN, TimeSpan.Zero),
            Steps = [],
        };
        string html = HtmlReport.ToHtml(report);
        Parse(html);
        Assert.Contains("nothing was recorded", html);
        Assert.Contains("not measured", html);
        Assert.DoesNotContain("NaN", Markup(html));
        Assert.DoesNotContain("Infinity", Markup(html));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(0)]
    public void Steps_without_a_usable_value_break_nothing(double value)
    {
        StepRecord all = new(1, value, value, value, value, value);
        StepRecord[] steps = [all, new(2, 3, double.NaN, value, 1, value), all with { Step = 3 }];
        string html = HtmlReport.ToHtml(SampleRun.Create() with { Steps = steps });
        Parse(html);
        Assert.DoesNotContain("NaN", Markup(html));
        Assert.DoesNotContain("∞", Markup(html));
    }

    [Fact]
    public void A_single_step_can_be_drawn() => Parse(HtmlReport.ToHtml(SampleRun.Create(1)));

    [Theory]
    [InlineData(2_000)]
    [InlineData(60_000)]
    public void Page_stays_below_500_kB(int steps)
    {
        string[] tokens = [.. Enumerable.Range(0, 128).Select(i => $" token{i}")];
        float[] probabilities = [.. Enumerable.Repeat(1f / 128, 128 * 128)];
        RunReport report = SampleRun.Create(steps) with { Attention = new("Layer 1", tokens, probabilities) };
        Assert.InRange(HtmlReport.ToHtml(report).Length, 100_000, 500_000);
    }

    [Fact]
    public void A_map_that_is_not_square_is_refused() =>
        Assert.Throws<ArgumentException>(() => HtmlReport.ToHtml(SampleRun.Create() with { Attention = new("Head", ["a", "b"], [1]) }));

    [Theory]
    [InlineData(3.1e-5, "✓ within 0.001")]
    [InlineData(2e-3, "✗ above the limit 0.001")]
    public void Difference_is_judged(double difference, string verdict)
    {
        RunReport report = SampleRun.Create();
        Assert.Contains(verdict, HtmlReport.ToHtml(report with { Figures = report.Figures with { LogitDifference = difference } }));
    }

    [Fact]
    public void Write_replaces_the_file()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("new/report.html");
        HtmlReport.Write(path, SampleRun.Create(20));
        HtmlReport.Write(path, SampleRun.Create(30));
        Assert.Equal(HtmlReport.ToHtml(SampleRun.Create(30)), File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(folder.File("new")));
    }

    /// <summary>The page without its script and style.</summary>
    private static string Markup(string html) => Regex.Replace(html, "<(script|style).*?</\\1>", "", RegexOptions.Singleline);

    private static string Data(XDocument page) =>
        page.Descendants("script").Single(script => (string?)script.Attribute("id") == "run").Value;

    private static XDocument Parse(string html)
    {
        using var reader = XmlReader.Create(new StringReader(html), new() { DtdProcessing = DtdProcessing.Ignore });
        return XDocument.Load(reader);
    }

    /// <summary>The tool is built without culture data, so the numbers of de-DE are set by hand.</summary>
    private static CultureInfo German()
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NumberDecimalSeparator = ",";
        culture.NumberFormat.NumberGroupSeparator = ".";
        culture.DateTimeFormat.DateSeparator = ".";
        return culture;
    }
}
