using System.Text.Json;
using Weft.Cli.Downloads;
using Weft.Cli.Tests.Processes;
using Weft.Model.Checkpoints.Hub;
using Weft.Model.Tests.Hub;

namespace Weft.Cli.Tests.Downloads;

/// <summary><c>weft download</c>, in a process of its own for the sake of its environment, from a server on this machine.</summary>
public sealed class DownloadTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly HubServer _server = new();

    private Dictionary<string, string?> Environment => new()
    {
        ["HF_ENDPOINT"] = _server.Endpoint.AbsoluteUri,
        ["HF_TOKEN"] = HubServer.Token,
        ["HF_HUB_CACHE"] = _folder.FullName,
    };

    private string SnapshotFolder => Path.Combine(_folder.FullName, "models--weaver--loom", "snapshots", _server.Commit);

    public void Dispose()
    {
        _server.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_downloaded_model_is_named_by_its_repository_in_every_command()
    {
        using SavedModel model = SavedModel.Llama();
        foreach (string name in (string[])["config.json", "tokenizer.json", "model.safetensors"])
            _server.Add(name, File.ReadAllBytes(model.File(name)), isLarge: name == "model.safetensors");
        File.WriteAllText(model.File("chat_template.jinja"), "{{ messages[0].content }}");
        _server.Add("chat_template.jinja", "{{ messages[0].content }}");
        File.WriteAllText(model.File("context.json"), """{"messages": [{"content": "Hi"}]}""");

        CommandRun run = Run("download", HubServer.Repository);
        Assert.Equal(SnapshotFolder, run.OutputOfSuccess().Trim());
        Assert.Contains("config.json  ", run.Error, StringComparison.Ordinal);
        Assert.EndsWith($", 0 already there, commit {_server.Commit}\n", run.Error.ReplaceLineEndings("\n"), StringComparison.Ordinal);

        string[][] commands =
        [
            ["generate", "MODEL", "Hello", "--temperature", "0", "--max-tokens", "5"],
            ["score", "MODEL", "--ids", "1,2", "--json"],
            ["inspect", "MODEL"],
            ["chat-template", "MODEL", "--context", model.File("context.json")],
            ["tokenizer", "encode", "MODEL", "Hello"],
            ["tokenizer", "decode", "MODEL", "1,2"],
            ["tokenizer", "inspect", "MODEL"],
        ];
        foreach (string[] command in commands)
            Assert.Equal(CommandRun.Of(Replace(command, model.Folder)).OutputOfSuccess(), Run(Replace(command, HubServer.Repository)).OutputOfSuccess());
    }

    [Fact]
    public void A_repository_that_was_not_downloaded_is_not_downloaded_by_other_commands()
    {
        foreach (string[] command in (string[][])[["inspect", "MODEL"], ["generate", "MODEL", "x"], ["tokenizer", "encode", "MODEL", "x"]])
            Assert.Equal("'weaver/loom' does not exist here, and is no downloaded repository; check the path, or run 'weft download weaver/loom' first",
                Run(Replace(command, HubServer.Repository)).Refusal(Failure.Error));
        Assert.Empty(_server.HubRequests);
    }

    [Fact]
    public void Json_has_exactly_the_promised_keys()
    {
        _server.Add("config.json", "{}");
        _server.Add("q4.gguf", [1, 2, 3]);
        Run("download", HubServer.Repository, "config.json").OutputOfSuccess();
        JsonElement json = Run("download", HubServer.Repository, "*.gguf", "config.json", "--revision", "v1", "--json").Json;
        Assert.Equal(["folder", "commit", "files"], CommandRun.Keys(json));
        Assert.Equal(SnapshotFolder, json.GetProperty("folder").GetString());
        Assert.Equal(_server.Commit, json.GetProperty("commit").GetString());
        Assert.Equal("""[{"path":"config.json","bytes":2,"already_there":true},{"path":"q4.gguf","bytes":3,"already_there":false}]""", json.GetProperty("files").GetRawText());
        Assert.Equal("/api/models/weaver/loom/revision/v1", _server.HubRequests[^3].Path);
        Assert.Equal(_server.Commit, File.ReadAllText(Path.Combine(_folder.FullName, "models--weaver--loom", "refs", "v1")));
    }

    [Theory]
    [InlineData(Failure.Usage, "REPO is 'a/b/c', which is no name of a repository; write owner/name", "a/b/c")]
    [InlineData(Failure.Error, "repository 'weaver/loom': has no file '*.gguf'; it has config.json", HubServer.Repository, "*.gguf")]
    [InlineData(Failure.Error, "revision 'a/../b': is no name of a branch, a tag or a commit", HubServer.Repository, "--revision", "a/../b")]
    public void What_cannot_be_downloaded_is_said(int exitCode, string expected, params string[] words)
    {
        _server.Add("config.json", "{}");
        Assert.Equal(expected, Run(["download", .. words]).Refusal(exitCode));
    }

    [Fact]
    public void A_token_that_is_refused_is_not_shown()
    {
        _server.HubAnswer = _ => new(401, []);
        string message = Run("download", HubServer.Repository).Refusal(Failure.Error);
        Assert.Contains("set HF_TOKEN to a token that may read it", message, StringComparison.Ordinal);
        Assert.DoesNotContain(HubServer.Token, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ctrl_C_keeps_what_came_and_the_next_run_goes_on()
    {
        ToolProcess.RequireSignals();
        byte[] content = new byte[200_000];
        HubServer.Entry file = _server.Add("model.safetensors", content);
        string partial = Path.Combine(_folder.FullName, "models--weaver--loom", "blobs", file.Etag + ".incomplete");
        var forever = new TaskCompletionSource();
        _server.StoreAnswer = request => HubServer.Content(request, file, []) with { CutAfter = 50_000, Hold = forever.Task };
        using ToolProcess tool = ToolProcess.Start(Environment, "download", HubServer.Repository);
        Assert.True(SpinWait.SpinUntil(() => File.Exists(partial) && new FileInfo(partial).Length == 50_000, TimeSpan.FromSeconds(30)), "nothing came");
        tool.Signal(ToolProcess.Interrupt);
        CommandRun run = tool.Finish();
        Assert.Equal((Failure.Cancelled, ""), (run.ExitCode, run.Output));
        Assert.EndsWith("\nerror: cancelled; what came so far is kept, the same command goes on from there\n", run.Error, StringComparison.Ordinal);
        forever.SetResult();
        _server.StoreAnswer = null;
        Run("download", HubServer.Repository).OutputOfSuccess();
        Assert.Equal("bytes=50000-", _server.StoreRequests[^1]["Range"]);
        Assert.Equal(content, File.ReadAllBytes(Path.Combine(SnapshotFolder, "model.safetensors")));
    }

    [Fact]
    public void A_watched_download_draws_one_line_and_takes_it_away()
    {
        using var error = new StringWriter();
        using (var display = new DownloadDisplay(error, watched: true, TimeProvider.System))
            display.Report(new(new string('x', 50) + ".safetensors", 250_000_000, 1_000_000_000));
        Assert.StartsWith($"\r…{new string('x', 28)}.safetensors  ███████░", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("250.0 MB of 1,000.0 MB (25 %)", error.ToString(), StringComparison.Ordinal);
        Assert.EndsWith("\r\e[K", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.ToString());
    }

    [Fact]
    public void A_download_that_nobody_watches_tells_each_file_once_and_a_wait()
    {
        using var error = new StringWriter();
        using (var display = new DownloadDisplay(error, watched: false, TimeProvider.System))
            foreach (DownloadProgress value in (DownloadProgress[])[new("a", 0, 2000), new("a", 2000, 2000), new("b", 0, 0) { IsWaiting = true }, new("b", 0, 0)])
                display.Report(value);
        Assert.Equal("a  0.0 kB of 2.0 kB (0 %)\nb  another process downloads it, waiting\nb  0.0 kB of 0.0 kB (100 %)\n", error.ToString().ReplaceLineEndings("\n"));
    }

    private CommandRun Run(params string[] args) => ToolProcess.Run(Environment, args);

    private static string[] Replace(string[] command, string model) => [.. command.Select(word => word == "MODEL" ? model : word)];
}
