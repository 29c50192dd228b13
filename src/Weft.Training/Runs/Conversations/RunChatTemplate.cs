using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

using Weft.Model.Checkpoints;
using Weft.Text;
using Weft.Text.Chat;

namespace Weft.Training.Runs;

/// <summary>The chat template of a run and the special tokens that it names: files of the run's folder, by which it learns, and which it exports.</summary>
internal static class RunChatTemplate
{
    private const string TemplateJson = "chat_template.json", TemplateKey = "chat_template", EndKey = "eos_token", BeginKey = "bos_token", EndIds = "eos_token_id";

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Special tokens that a tokenizer needs beside the end of a text, where it is trained for the recipe.</summary>
    public static IReadOnlyList<string> SpecialTokensOf(Recipe recipe) => Known(recipe)?.SpecialTokens ?? [];

    /// <summary>Writes the files, and reads the template from them, as whoever uses the trained model will.</summary>
    /// <param name="recipe">A recipe that has been filled in.</param>
    /// <param name="from">The tokenizer, where one is given, and the model to begin with.</param>
    /// <param name="folder">Receives the files.</param>
    /// <exception cref="InvalidDataException">There is no template, or it is damaged.</exception>
    public static ChatTemplate Write(Recipe recipe, (GivenTokenizer? Tokenizer, InitialModel? Initial) from, string folder)
    {
        using InitialSource? source = from.Initial is { } initial ? InitialSource.Open(initial.Source) : null;
        Directory.CreateDirectory(folder);
        try
        {
            // The config beside a model speaks of the model's own tokenizer.
            string? config = recipe.Tokenizer.File is null && from.Tokenizer is not null ? source?.ReadCompanion(CompanionFile.TokenizerConfig) : null;
            if (recipe.Task!.Template is { } name)
                Put(CompanionFile.ChatTemplate, Known(recipe)?.Source ?? ChatTemplate.Load(name).Source);
            else if (source?.ReadCompanion(CompanionFile.ChatTemplate) is { } jinja)
                Put(CompanionFile.ChatTemplate, jinja);
            else if (source?.ReadCompanion(TemplateJson) is { } json)
                Put(TemplateJson, json);
            else if (config is null || JsonNode.Parse(config) is not JsonObject { } tokens || tokens[TemplateKey] is null)
                throw new InvalidDataException($"training.init-from {recipe.Training.InitFrom} has no chat template; say with task.template how conversations are written, such as alpaca, which needs no tokens of its own");
            Put(CompanionFile.TokenizerConfig, config ?? NewConfig(recipe, from));
            return ChatTemplate.Load(folder);
        }
        catch (Exception e) when (e is ChatTemplateException or JsonException)
        {
            throw new InvalidDataException(e.Message, e);
        }

        void Put(string file, string text) => AtomicFile.WriteText(Path.Combine(folder, file), text);
    }

    /// <summary>Asks whether a run will have a template, and one that suits the tokenizer where that is known.</summary>
    /// <exception cref="InvalidDataException">It will not.</exception>
    public static void Check(Recipe recipe, (GivenTokenizer? Tokenizer, InitialModel? Initial) from)
    {
        DirectoryInfo temporary = Directory.CreateTempSubdirectory("weft-check-");
        try
        {
            ChatTemplate template = Write(recipe, from, temporary.FullName);
            if (from.Tokenizer is { Tokenizer: { } tokenizer })
                FindEndOfTurn(recipe, tokenizer, new(template, tokenizer));
        }
        finally
        {
            temporary.Delete(recursive: true);
        }
    }

    /// <summary>The id that ends an answer; refuses a template that does not suit the tokenizer, or conversations at all.</summary>
    /// <exception cref="InvalidDataException">It is refused.</exception>
    public static int FindEndOfTurn(Recipe recipe, Tokenizer tokenizer, ConversationEncoder encoder)
    {
        if (SpecialTokensOf(recipe).FirstOrDefault(token => tokenizer.TokenToId(token) is null) is { } missing)
            throw new InvalidDataException($"task.template is {recipe.Task!.Template}, but the tokenizer has no token '{missing}'; give a tokenizer that has it, or a template that needs none, such as alpaca");
        try
        {
            return encoder.FindEndOfTurn();
        }
        catch (ChatTemplateException e)
        {
            throw new InvalidDataException($"{e.Message}; the chat template must take a question of a user and its answer", e);
        }
    }

    /// <summary>The id that ends an answer, of a run whose files are written.</summary>
    public static int FindEndOfTurn(Recipe recipe, RunFolder folder)
    {
        Tokenizer tokenizer = Tokenizer.Load(Directory.Exists(folder.InitialFolder) && Tokenizer.FindFile(folder.InitialFolder) is not null ? folder.InitialFolder : folder.TokenizerFile);
        return FindEndOfTurn(recipe, tokenizer, new(ChatTemplate.Load(folder.ChatFolder), tokenizer));
    }

    /// <summary>Puts the template beside the exported model, and has generation end where an answer does.</summary>
    public static void Export(RunFolder folder, int endOfTurn)
    {
        foreach (string file in Directory.EnumerateFiles(folder.ChatFolder))
            AtomicFile.CopyInto(folder.ModelFolder, file);
        string path = Path.Combine(folder.ModelFolder, CompanionFile.GenerationConfig);
        JsonObject generation = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        int[] ends = generation[EndIds] switch
        {
            null => [],
            JsonArray several => [.. several.Select(id => id!.GetValue<int>())],
            JsonNode one => [one.GetValue<int>()],
        };
        if (ends.Contains(endOfTurn))
            return;
        generation[EndIds] = new JsonArray([.. ends.Append(endOfTurn).Select(id => (JsonNode)id)]);
        AtomicFile.WriteText(path, generation.ToJsonString(Json) + "\n");
    }

    private static KnownChatTemplate? Known(Recipe recipe) => recipe.Task?.Template is { } name ? KnownChatTemplate.Find(name) : null;

    /// <summary>The parts of special tokens, of a tokenizer that has no file for them: those it knows, and the end of a text, which also begins one, as in GPT-2.</summary>
    private static string NewConfig(Recipe recipe, (GivenTokenizer? Tokenizer, InitialModel? Initial) from)
    {
        var json = new JsonObject
        {
            ["tokenizer_class"] = "PreTrainedTokenizerFast",
            ["model_max_length"] = from.Initial?.Spec.ContextLength ?? recipe.Model.Context,
            ["clean_up_tokenization_spaces"] = false,
        };
        string? end = from.Tokenizer is not { } given ? CorpusStage.EndOfText : given.EndOfTextId is { } id ? given.Tokenizer.IdToToken(id) : null;
        foreach ((string name, SpecialToken token) in from.Tokenizer?.Tokenizer.Settings.Roles.Named() ?? [])
            json[name] = token.Content;
        json[BeginKey] ??= end;
        json[EndKey] = Known(recipe)?.EndOfTurn ?? json[EndKey]?.DeepClone() ?? end;
        return json.ToJsonString(Json) + "\n";
    }
}
