namespace Weft.Data.Tests;

public class ApiDocumentationTests
{
    [Theory]
    [InlineData("<summary>  Gets\n   <see cref=\"T:N.Box`1\"/>  or <see langword=\"null\" />.</summary>", "Gets Box<TItem> or null.")]
    [InlineData("<summary>a &lt; b &amp;&amp; c&#x41;</summary>", "a < b && cA")]
    [InlineData("<summary><![CDATA[x <y>]]></summary>", "x <y>")]
    [InlineData("<summary>One.<para>Two.</para><para> Three. </para>Four.</summary>", "One.\nTwo.\nThree.\nFour.")]
    [InlineData("<summary>One.<br/>Two.</summary>", "One.\nTwo.")]
    [InlineData("<summary>a\n\n -or-\n\n b</summary>", "a\n-or-\nb")]
    [InlineData("<summary>Uses <c>f(x)</c> and <code>g</code>.</summary>", "Uses f(x) and g.")]
    [InlineData("<summary>So:<code>\n    if (a)\n        b();\n\n    c();\n  </code>End.</summary>", "So:\nif (a)\n    b();\nc();\nEnd.")]
    [InlineData("<summary><list type=\"bullet\"><item>p</item><item><description> q </description></item></list></summary>", "- p\n- q")]
    [InlineData("<summary>T:<list type=\"table\"><listheader><term> V</term><description> M</description></listheader>"
        + "<item><term> 0 </term><description> none</description></item></list>z</summary>", "T:\nV: M\n- 0: none\nz")]
    [InlineData("<summary><see href=\"https://a.example/\">the site</see>, <see href=\"https://b.example/\"/></summary>",
        "the site, https://b.example/")]
    [InlineData("<summary>An <xref uid=\"N.Box`1\"></xref>, <xref uid=\"N.Box`1.Size\"/>.</summary>", "An Box<TItem>, Box<TItem>.Size.")]
    [InlineData("<summary>10<sup><paramref name=\"x\"/></sup></summary>", "10^x")]
    [InlineData("<summary>a<!-- note -->b</summary>", "ab")]
    [InlineData("<summary>s</summary><param name=\"x\">the\n\n x</param><param name=\"y\"/>", "s\nParameters:\nx: the x")]
    [InlineData("<summary>s</summary><returns>r</returns><value>v</value>", "s\nReturns: r\nValue: v")]
    [InlineData("<exception cref=\"T:System.IO.IOException\"><paramref name=\"x\" /> is bad.</exception><summary>s</summary><remarks>m</remarks>",
        "s\nThrows IOException: x is bad.\nRemarks: m")]
    [InlineData("<summary>s</summary><exception cref=\"T:System.IO.IOException\"/>", "s\nThrows IOException.")]
    public void A_member_is_rendered_as_prose(string xml, string expected)
    {
        string text = Assert.Single(Read(Member("F:N.Box`1.Size", xml))).Text;
        Assert.Equal("Box<TItem>.Size field\n" + expected, text);
    }

    [Fact]
    public void Type_parameters_of_a_method_come_from_its_documentation()
    {
        string text = Read(Member("M:N.Box`1.Map``1(System.Func{`0,``0})",
            "<summary>s</summary><typeparam name=\"TResult\">The result.</typeparam>")).Single().Text;
        Assert.Equal("Box<TItem>.Map<TResult>(Func<TItem, TResult>) method\ns\nType parameters:\nTResult: The result.", text);
    }

    [Theory]
    [InlineData("F:A.B", "")]
    [InlineData("F:A.B", "<inheritdoc/>")]
    [InlineData("F:A.B", "<summary> </summary><param name=\"x\"/>")]
    [InlineData("M:System.Runtime.Intrinsics.X86.Avx.Add", "<summary>__m256d _mm256_add_pd</summary>")]
    public void Members_without_text_and_instructions_are_left_out(string id, string xml) => Assert.Empty(Read(Member(id, xml)));

    [Fact]
    public void A_member_documented_twice_is_read_once_and_adjacent_members_are_all_read()
    {
        string member = Member("F:A.B", "<summary>first</summary>");
        List<TextDocument> documents = Read(member, member + Member("F:A.C", "<summary>c</summary>") + Member("F:A.D", "<summary>d</summary>"));
        Assert.Equal(["0.xml#F:A.B", "1.xml#F:A.C", "1.xml#F:A.D"], documents.Select(document => document.Source));
    }

    [Theory]
    [InlineData("<doc><members>\n<member name=\"F:A.B\"><summary>x</member></members></doc>", "line 2")]
    [InlineData("<doc><members>", "line 1")]
    [InlineData("", "line")]
    [InlineData("<!DOCTYPE doc [<!ENTITY a \"b\">]><doc/>", "DTD")]
    [InlineData("<project/>", "'project'")]
    public void Broken_xml_names_file_and_line(string xml, string named)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("broken.xml", xml);
        var error = Assert.Throws<InvalidDataException>(() => ApiDocumentation.Read([path], TestContext.Current.CancellationToken).ToList());
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public async Task Reading_stops_when_cancelled()
    {
        using var cancellation = new CancellationTokenSource();
        await cancellation.CancelAsync();
        using var folder = new TemporaryFolder();
        string path = folder.Write("a.xml", Wrap(Member("F:A.B", "<summary>s</summary>")));
        Assert.Throws<OperationCanceledException>(() => ApiDocumentation.Read([path], cancellation.Token).ToList());
        Assert.Throws<OperationCanceledException>(() => TextFiles.Read([path], cancellation.Token).ToList());
        Assert.Throws<OperationCanceledException>(() => TextFiles.ReadWhole([path], cancellation.Token).ToList());
    }

    [Fact]
    public void The_newest_version_of_each_pack_is_found()
    {
        using var folder = new TemporaryFolder();
        foreach (string version in new[] { "9.0.2", "10.0.0-rc.1", "10.0.0", "8.0.20" })
            folder.Write($"packs/Microsoft.NETCore.App.Ref/{version}/ref/net/b.xml", "<doc/>");
        folder.Write("packs/Microsoft.NETCore.App.Ref/10.0.0/ref/net/a.xml", "<doc/>");
        folder.Write("packs/Microsoft.NETCore.App.Ref/11.0.0/ref/net/no.dll", "");
        folder.Write("packs/Microsoft.AspNetCore.App.Ref/9.0.0/ref/net/c.xml", "<doc/>");
        Assert.Equal(
            [
                folder.File("packs/Microsoft.AspNetCore.App.Ref/9.0.0/ref/net/c.xml"),
                folder.File("packs/Microsoft.NETCore.App.Ref/10.0.0/ref/net/a.xml"),
                folder.File("packs/Microsoft.NETCore.App.Ref/10.0.0/ref/net/b.xml"),
            ],
            SdkFolders.FindFiles([folder.File("absent"), folder.FullName], folder.File("absent")));
    }

    [Fact]
    public void An_SDK_without_the_files_falls_back_to_the_package()
    {
        using var folder = new TemporaryFolder();
        folder.Write("sdk/packs/Microsoft.NETCore.App.Ref/10.0.0/ref/net/no.dll", "");
        string expected = folder.Write("nuget/microsoft.netcore.app.ref/9.0.0/ref/net/a.xml", "<doc/>");
        Assert.Equal([expected], SdkFolders.FindFiles([folder.File("sdk")], folder.File("nuget")));
    }

    [Fact]
    public void Without_any_files_the_message_names_the_places_and_the_remedy()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<FileNotFoundException>(() => SdkFolders.FindFiles([folder.File("sdk")], folder.File("nuget")));
        foreach (string part in new[] { folder.File("sdk"), folder.File("nuget"), "--text PATH", "SDK" })
            Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    private static string Member(string id, string xml) =>
        $"<member name=\"{id.Replace("<", "&lt;", StringComparison.Ordinal)}\">{xml}</member>";

    private static string Wrap(string members) =>
        $"<?xml version=\"1.0\"?><doc><assembly><name>A</name></assembly><members>{Member("T:N.Box`1", "<typeparam name=\"TItem\"/>")}{members}</members></doc>";

    private static List<TextDocument> Read(params string[] files)
    {
        using var folder = new TemporaryFolder();
        return [.. ApiDocumentation.Read([.. files.Select((members, i) => folder.Write($"{i}.xml", Wrap(members)))], TestContext.Current.CancellationToken)];
    }
}
