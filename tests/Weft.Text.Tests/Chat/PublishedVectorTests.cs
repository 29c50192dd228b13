using System.Text.Json;

namespace Weft.Text.Tests.Chat;

/// <summary>Templates and renderings that others published.</summary>
public sealed class PublishedVectorTests
{
    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    [Fact]
    public void Templates_of_the_hub_render_as_published()
    {
        var failed = new List<string>();
        int passed = 0;
        foreach (JsonElement vector in Cases("hf-e2e.json"))
            if (ChatData.TryRender(Text(vector, "template"), vector.GetProperty("context")) == Text(vector, "expected"))
                passed++;
            else
                failed.Add(Text(vector, "name"));
        // This one renders the text of a list, which the publisher's own implementation prints as JSON.
        Assert.Equal(["MadeAgents/Hammer2.1"], failed);
        Assert.Equal(52, passed);
    }

    // The publisher prints values as JavaScript does. Where Python differs, language-python.json has what Python gives and why.
    [Fact]
    public void Cases_of_the_language_give_what_Python_gives()
    {
        Dictionary<string, string?> deviations = ChatData.Own("language-python.json").EnumerateArray()
            .ToDictionary(entry => Text(entry, "name"), entry => entry.GetProperty("python").GetString());
        int agreeing = 0, deviating = 0;
        foreach (JsonElement vector in Cases("hf-language-cases.json"))
        {
            string name = Text(vector, "name");
            bool deviates = deviations.TryGetValue(name, out string? expected);
            Assert.Equal(!vector.GetProperty("agrees_with_python_jinja2").GetBoolean(), deviates);
            string? rendered = ChatData.TryRender(Text(vector, "template"), vector.GetProperty("context"), trims: false);
            Assert.True((deviates ? expected : Text(vector, "expected")) == rendered, $"{name} gave {rendered ?? "an error"}");
            (agreeing, deviating) = deviates ? (agreeing, deviating + 1) : (agreeing + 1, deviating);
        }
        Assert.Equal((98, 59), (agreeing, deviating));
    }

    [Fact]
    public void Well_known_templates_render_whole_conversations_as_Jinja2_does()
    {
        JsonElement data = ChatData.Own("known-templates.json");
        int rendered = 0, refused = 0;
        foreach (JsonElement rendering in data.GetProperty("renderings").EnumerateArray())
        {
            string file = Text(rendering, "template"), context = Text(rendering, "context");
            string template = File.ReadAllText(TestAssets.Require($"chat-templates/{file}"));
            string? text = ChatData.TryRender(template, data.GetProperty("contexts").GetProperty(context));
            Assert.True(rendering.GetProperty("expected").GetString() == text, $"{file} with '{context}' gave {text ?? "an error"}");
            (rendered, refused) = text is null ? (rendered, refused + 1) : (rendered + 1, refused);
        }
        Assert.Equal((91, 24), (rendered, refused));
    }

    private static JsonElement.ArrayEnumerator Cases(string file) =>
        ChatData.Read(TestAssets.Require($"chat-templates/{file}")).GetProperty("cases").EnumerateArray();
}
