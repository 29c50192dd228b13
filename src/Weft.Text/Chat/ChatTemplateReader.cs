using System.Text;
using System.Text.Json;
using Weft.Text.Files;

namespace Weft.Text.Chat;

/// <summary>Finds the chat template of a model among its files, and the special tokens beside it.</summary>
internal static class ChatTemplateReader
{
    private const string JinjaName = "chat_template.jinja", JsonName = "chat_template.json", ConfigName = "tokenizer_config.json";

    /// <summary>The template for renderings without tools, and the one with.</summary>
    private const string DefaultName = "default", ToolUseName = "tool_use";

    private static readonly string[] TokenNames = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    public static ChatTemplate Read(string path, ChatTemplateOptions? options)
    {
        if (Directory.Exists(path))
            return ReadFolder(path, options);
        if (!File.Exists(path))
            throw new FileNotFoundException($"{path}: there is no such file; give a template (.jinja), a {ConfigName} or the folder of a model", path);
        if (path.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
            return ReadJson(path, path, options);
        return new ChatTemplate(ChatProgram.Parse(ReadText(path), path), null, options);
    }

    private static ChatTemplate ReadFolder(string folder, ChatTemplateOptions? options)
    {
        string config = Path.Combine(folder, ConfigName), json = Path.Combine(folder, JsonName), jinja = Path.Combine(folder, JinjaName);
        string? tokens = File.Exists(config) ? config : null;
        if (File.Exists(jinja))
            return new ChatTemplate(ChatProgram.Parse(ReadText(jinja), jinja), null, options) { SpecialTokens = TokensOf(tokens) };
        if (File.Exists(json))
            return ReadJson(json, tokens, options);
        return tokens is not null
            ? ReadJson(config, config, options)
            : throw new FileNotFoundException($"{folder}: there is no {JinjaName}, {JsonName} or {ConfigName} here; give the folder of a model with a chat template", jinja);
    }

    private static ChatTemplate ReadJson(string path, string? tokensPath, ChatTemplateOptions? options)
    {
        using JsonDocument document = Open(path);
        JsonField template = new JsonField(path, "", document.RootElement).Optional("chat_template")
            ?? throw new InvalidDataException($"{path}: field 'chat_template' is missing; the model has no chat template, or it lies in a file {JinjaName} of its own");
        if (template.Element.ValueKind != JsonValueKind.Array)
            return new ChatTemplate(ChatProgram.Parse(template.Text(), path), null, options) { SpecialTokens = TokensOf(tokensPath) };
        var named = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (JsonField entry in template.Items())
            named[entry.Required("name").Text()] = entry.Required("template").Text();
        if (!named.TryGetValue(DefaultName, out string? usual))
            throw template.Refuse($"name one of its templates '{DefaultName}', or give one of them as a file");
        ChatProgram? withTools = named.TryGetValue(ToolUseName, out string? toolUse) ? ChatProgram.Parse(toolUse, $"{path} ({ToolUseName})") : null;
        return new ChatTemplate(ChatProgram.Parse(usual, path), withTools, options) { SpecialTokens = TokensOf(tokensPath) };
    }

    /// <summary>A token is a text, or an object whose field <c>content</c> is one.</summary>
    private static Dictionary<string, string> TokensOf(string? path)
    {
        var tokens = new Dictionary<string, string>(StringComparer.Ordinal);
        if (path is null)
            return tokens;
        using JsonDocument document = Open(path);
        var root = new JsonField(path, "", document.RootElement);
        foreach (string name in TokenNames)
            if (root.Optional(name) is { } token)
                tokens[name] = TokenText(token);
        if (root.Optional("extra_special_tokens") is { Element.ValueKind: JsonValueKind.Object } extra)
            foreach ((string name, JsonField token) in JsonValues.Properties(extra))
                tokens[name] = TokenText(token);
        return tokens;
    }

    private static string TokenText(JsonField token) => token.Element.ValueKind == JsonValueKind.Object ? token.Required("content").Text() : token.Text();

    private static JsonDocument Open(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        try
        {
            return JsonDocument.Parse(bytes.AsMemory(bytes.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0));
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: it is no JSON ({JsonField.Shorten(e.Message)}); correct or replace the file", e);
        }
    }

    private static string ReadText(string path)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(File.ReadAllBytes(path)).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException($"{path}: it is no UTF-8 text; save it as UTF-8", e);
        }
    }
}
