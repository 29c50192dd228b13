using System.CommandLine;
using Weft.Model.Checkpoints.Hub;

namespace Weft.Cli.Downloads;

/// <summary><c>weft download</c>: a model from the Hugging Face Hub.</summary>
internal sealed class DownloadCommand
{
    private readonly Argument<string> _repository = new("REPO") { Description = "Repository of a model: owner/name" };

    private readonly Argument<string[]> _files = new("FILE")
    {
        Description = "Files to download, or globs such as \"*.gguf\" (default: what Weft needs)",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<string> _revision = new("--revision")
    {
        Description = "Branch, tag or commit",
        HelpName = "NAME",
        DefaultValueFactory = _ => "main",
    };

    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Makes the command.</summary>
    public DocumentedCommand Create() => new DocumentedCommand("download", "Download a model from the Hugging Face Hub")
    {
        Arguments = { _repository, _files },
        Options = { _revision, _json },
        Notes =
        [
            "Without FILE: configuration, tokenizer, chat templates and safetensors, or pytorch_model*.bin where there",
            "are none; GGUF files only when named. Files go into the cache that Python's huggingface_hub uses, each",
            "checked by its checksum; what either has downloaded is not downloaded again. Afterwards owner/name stands",
            "for the folder of revision main in every command. Ctrl-C keeps what came so far, and the same command goes",
            "on from there.",
            "Standard output gets the folder, standard error the progress. --json prints, at the end,",
            "  {\"folder\": \"...\", \"commit\": \"...\", \"files\": [{\"path\": \"...\", \"bytes\": N, \"already_there\": true}, ...]}",
            "Environment: HF_TOKEN for private and gated repositories, HF_ENDPOINT for another server, HF_HUB_CACHE or",
            "HF_HOME for another cache.",
        ],
        Examples =
        [
            "weft download HuggingFaceTB/SmolLM2-135M",
            "weft download Qwen/Qwen2.5-0.5B --revision main --json",
            "weft download Qwen/Qwen2.5-0.5B-Instruct-GGUF \"*q8_0.gguf\"",
        ],
    }.Runs(Run);

    private int Run(CommandContext context)
    {
        string repository = context.Get(_repository);
        if (!HubClient.IsRepositoryName(repository))
            throw new UsageException($"REPO is '{repository}', which is no name of a repository; write owner/name");
        using var client = new HubClient(HubOptions.FromEnvironment());
        HubSnapshot snapshot;
        using (var display = new DownloadDisplay(context.Error, Terminal.IsWatched(Console.IsErrorRedirected, Environment.GetEnvironmentVariable), TimeProvider.System))
        {
            try
            {
                snapshot = client.DownloadAsync(repository, context.Get(_revision), context.Get(_files) ?? [], display, context.Cancellation).GetAwaiter().GetResult();
            }
            catch (OperationCanceledException)
            {
                display.Dispose();
                context.Error.WriteLine("error: cancelled; what came so far is kept, the same command goes on from there");
                return Failure.Cancelled;
            }
        }
        if (context.Get(_json))
            WriteJson(context.Output, snapshot);
        else
            WriteText(context, snapshot);
        return 0;
    }

    private static void WriteText(CommandContext context, HubSnapshot snapshot)
    {
        HubFile[] fresh = [.. snapshot.Files.Where(file => !file.WasThere)];
        context.Error.WriteLine($"{fresh.Length} files downloaded ({DownloadDisplay.Size(fresh.Sum(file => file.Size))}), {snapshot.Files.Count - fresh.Length} already there, commit {snapshot.Commit}");
        context.Output.WriteLine(snapshot.Folder);
    }

    private static void WriteJson(TextWriter output, HubSnapshot snapshot)
    {
        using var json = new JsonOutput(output);
        json.Writer.WriteStartObject();
        json.Writer.WriteString("folder", snapshot.Folder);
        json.Writer.WriteString("commit", snapshot.Commit);
        json.Writer.WriteStartArray("files");
        foreach (HubFile file in snapshot.Files)
        {
            json.Writer.WriteStartObject();
            json.Writer.WriteString("path", file.Path);
            json.Writer.WriteNumber("bytes", file.Size);
            json.Writer.WriteBoolean("already_there", file.WasThere);
            json.Writer.WriteEndObject();
        }
        json.Writer.WriteEndArray();
        json.Writer.WriteEndObject();
        json.Complete();
    }
}
