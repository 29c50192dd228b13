using Weft.Model.Checkpoints.Hub;

namespace Weft.Model.Tests.Hub;

/// <summary>What the environment says, which names are names, and which files are chosen.</summary>
public sealed class NameTests
{
    [Theory]
    [InlineData("/a/b", "HF_HUB_CACHE=/a/b", "HF_HOME=/c")]
    [InlineData("/a/b", "HUGGINGFACE_HUB_CACHE=/a/b", "HF_HOME=/c")]
    [InlineData("/c/hub", "HF_HOME=/c", "HF_HUB_CACHE=", "XDG_CACHE_HOME=/x")]
    [InlineData("/x/huggingface/hub", "XDG_CACHE_HOME=/x")]
    [InlineData("~/.cache/huggingface/hub")]
    [InlineData("~/models/hub", "HF_HOME=~/models")]
    public void The_cache_lies_where_huggingface_hub_has_it(string expected, params string[] variables) =>
        Assert.Equal(Path.GetFullPath(expected.Replace("~", Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), StringComparison.Ordinal)), HubOptions.FromEnvironment(In(variables)).CacheFolder);

    [Fact]
    public void The_endpoint_and_the_token_come_from_the_environment()
    {
        HubOptions options = HubOptions.FromEnvironment(In("HF_ENDPOINT=http://mirror:8080/hf/", "HF_TOKEN= hf_x\n"));
        Assert.Equal("http://mirror:8080/hf/", options.Endpoint.AbsoluteUri);
        Assert.Equal("hf_x", options.Token);
        Assert.Equal("https://huggingface.co/", HubOptions.FromEnvironment(In()).Endpoint.AbsoluteUri);
        Assert.Null(HubOptions.FromEnvironment(In("HF_TOKEN=")).Token);
    }

    [Theory]
    [InlineData("HF_ENDPOINT=mirror")]
    [InlineData("HF_ENDPOINT=ftp://mirror")]
    [InlineData("HF_ENDPOINT=http://me:hf_secret@mirror")]
    [InlineData("HF_ENDPOINT=http://mirror?token=hf_secret")]
    [InlineData("HF_TOKEN=hf_secret\r\nX: y")]
    [InlineData("HF_TOKEN=hf_secret é")]
    public void An_environment_that_cannot_be_is_refused_without_its_secret(string variable)
    {
        string message = Assert.Throws<HubException>(() => HubOptions.FromEnvironment(In(variable))).Message;
        Assert.StartsWith(variable.Split('=')[0] + ": ", message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gpt2", true)]
    [InlineData("Qwen/Qwen2.5-0.5B", true)]
    [InlineData("_a/b_", true)]
    [InlineData("", false)]
    [InlineData("a/b/c", false)]
    [InlineData("a/", false)]
    [InlineData("/a", false)]
    [InlineData("../a", false)]
    [InlineData("a/..", false)]
    [InlineData("a..b/c", false)]
    [InlineData("a--b/c", false)]
    [InlineData("a/b.git", false)]
    [InlineData("a/b-", false)]
    [InlineData("-a/b", false)]
    [InlineData("a/b?x", false)]
    [InlineData("a/b\n", false)]
    [InlineData("ä/b", false)]
    public async Task Names_of_repositories_are_those_of_huggingface_hub(string name, bool valid)
    {
        Assert.Equal(valid, RepositoryName.IsValid(name));
        Assert.Null(HubClient.FindSnapshot("no/such/folder", name));
        if (valid)
            return;
        using var client = new HubClient(new() { CacheFolder = "no/such/folder" });
        await Assert.ThrowsAsync<HubException>(() => client.DownloadAsync(name, ct: TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("..")]
    [InlineData("a/../../b")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("")]
    [InlineData("a\\b")]
    [InlineData("a b")]
    [InlineData("a\nb")]
    public void Revisions_that_git_does_not_have_are_refused(string revision) =>
        Assert.Throws<HubException>(() => HubClient.FindSnapshot("no/such/folder", "a/b", revision));

    [Theory]
    [InlineData("config.json generation_config.json tokenizer.json chat_template.jinja model.safetensors", "README.md .gitattributes onnx/model.onnx model.gguf pytorch_model.bin tf_model.h5 original/tokenizer.model")]
    [InlineData("config.json model-00001-of-00002.safetensors model-00002-of-00002.safetensors model.safetensors.index.json", "consolidated.safetensors model.fp16.safetensors")]
    [InlineData("config.json weights.safetensors", "pytorch_model.bin")]
    [InlineData("config.json pytorch_model-00001-of-00002.bin pytorch_model.bin.index.json vocab.json merges.txt", "optimizer.bin training_args.bin")]
    [InlineData("modules.json sentence_bert_config.json 1_Pooling/config.json 2_Dense/config.json 2_Dense/model.safetensors model.safetensors vocab.txt", "onnx/config.json 2_Dense/pytorch_model.bin")]
    [InlineData("source.spm target.spm vocab.json tokenizer.model qwen.tiktoken", "special.txt")]
    public void By_default_a_model_is_chosen_and_nothing_else(string chosen, string others)
    {
        string[] files = [.. others.Split(' '), .. chosen.Split(' ')];
        Assert.Equal(chosen.Split(' '), FileSelection.Choose("a/b", files, []));
    }

    [Theory]
    [InlineData("*.gguf", "q4.gguf sub/q8.gguf")]
    [InlineData("sub/", "sub/q8.gguf sub/a.txt")]
    [InlineData("q?.gguf", "q4.gguf")]
    [InlineData("README.md *.txt", "README.md sub/a.txt")]
    public void Patterns_choose_as_fnmatch_does(string patterns, string chosen) =>
        Assert.Equal(chosen.Split(' '), FileSelection.Choose("a/b", ["README.md", "q4.gguf", "sub/q8.gguf", "sub/a.txt"], patterns.Split(' ')));

    [Fact]
    public void What_is_not_there_is_named_with_what_is()
    {
        Assert.Equal("repository 'a/b': has no file 'Q4.gguf'; it has q4.gguf, README.md",
            Assert.Throws<HubException>(() => FileSelection.Choose("a/b", ["q4.gguf", "README.md"], ["README.md", "Q4.gguf"])).Message);
        Assert.Equal("repository 'a/b': holds nothing that a model needs; name the files to download, it has q4.gguf",
            Assert.Throws<HubException>(() => FileSelection.Choose("a/b", ["q4.gguf"], [])).Message);
    }

    private static Func<string, string?> In(params string[] variables) =>
        name => variables.Select(variable => variable.Split('=', 2)).FirstOrDefault(pair => pair[0] == name)?[1];
}
