using System.Text.Json;
using Weft.Text.Chat;
using Weft.Text.Files;

namespace Weft.Text.Tests.Chat;

/// <summary>Templates and renderings from files, and what renders them.</summary>
internal static class ChatData
{
    /// <summary>The clock of the published vectors.</summary>
    private static readonly ChatTemplateOptions AtNoon = new() { Clock = new FixedClock(new DateTimeOffset(2025, 7, 10, 12, 0, 0, TimeSpan.Zero)) };

    /// <summary>A file of expected renderings that lies beside the tests.</summary>
    public static JsonElement Own(string name) => Read(Path.Combine(TestAssets.RepositoryRoot, "tests", "Weft.Text.Tests", "Chat", "Data", name));

    public static JsonElement Read(string path)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
        return document.RootElement.Clone();
    }

    public static JsonElement Json(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    /// <summary>The rendering, or null where the template fails.</summary>
    /// <param name="template">The template's text.</param>
    /// <param name="context">Its variables.</param>
    /// <param name="trims">Whether trim_blocks and lstrip_blocks are on.</param>
    public static string? TryRender(string template, JsonElement context, bool trims = true)
    {
        try
        {
            return ChatProgram.Parse(template, "test", trims).Render((scope, budget) =>
            {
                foreach ((string name, JsonField value) in JsonValues.Properties(new JsonField("context", "", context)))
                    scope.Set(name, JsonValues.Of(value, budget));
            }, AtNoon).Text;
        }
        catch (ChatTemplateException)
        {
            return null;
        }
    }

    /// <summary>Renders with the options of transformers.</summary>
    public static string Render(string template, string context = "{}", ChatTemplateOptions? options = null) =>
        ChatTemplate.Parse(template, "test", options).Render(Json(context));

    /// <summary>The error of a template, whether it is found at once or while it runs.</summary>
    public static ChatTemplateException Refusal(string template, string context = "{}", ChatTemplateOptions? options = null) =>
        Assert.Throws<ChatTemplateException>(() => Render(template, context, options));
}

internal sealed class FixedClock(DateTimeOffset now) : TimeProvider
{
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.CreateCustomTimeZone("test", now.Offset, "test", "test");

    public override DateTimeOffset GetUtcNow() => now.ToUniversalTime();
}
