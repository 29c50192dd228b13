using System.Text.Json.Nodes;
using Weft.Inference;
using Weft.Model.Checkpoints;

namespace Weft.Tasks.Tests;

public sealed class LanguageModelTests
{
    [Fact]
    public void What_is_missing_or_damaged_is_named()
    {
        using TaskModel task = TaskModel.Llama(WordTokenizer.Chat).WithFile("tokenizer_config.json", "{\"a\": }");
        Assert.Contains("tokenizer_config.json is no JSON", Assert.Throws<InvalidDataException>(() => LanguageModel.Load(task.Folder)).Message, StringComparison.Ordinal);
        Assert.Throws<DirectoryNotFoundException>(() => LanguageModel.Load(Path.Combine(task.Folder, "nothing")));
    }

    [Fact]
    public void A_tokenizer_is_asked_for_only_where_it_is_needed()
    {
        using TaskModel task = TaskModel.Of("sequence classes of the first token", WordTokenizer.Bert);
        File.Delete(Path.Combine(task.Folder, "tokenizer.json"));
        var classifier = new TextClassifier(task.Model);
        int[] ids = WordTokenizer.Bert.Ids("[CLS] a cat [SEP]");
        Assert.Equal(task.Outputs(ids).Order(), classifier.Classify(ids).Scores.Select(score => score.Logit).Order());
        Assert.Contains("no tokenizer.json", Assert.Throws<FileNotFoundException>(() => classifier.Classify("a cat")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_open_checkpoint_is_owned_and_closed_with_the_model()
    {
        using TaskModel task = TaskModel.Of("mean embedding", WordTokenizer.Bert).Configured(config => config["id2label"] = new JsonObject { ["0"] = "one" });
        LanguageModel model = LanguageModel.Load(Checkpoint.Open(task.Folder), new EngineOptions { Threads = 1 });
        Assert.Equal("one", Assert.Single(model.Labels));
        Assert.Equal(task.Folder, model.Path);
        model.Dispose();
        Assert.Throws<ObjectDisposedException>(() => new TextEmbedder(model).Embed("cat"));
    }
}
