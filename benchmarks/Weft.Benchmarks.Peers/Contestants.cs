using Weft.Cli;

namespace Weft.Benchmarks.Peers;

/// <summary>Makes the peers that a command line names.</summary>
internal static class Contestants
{
    /// <summary>What <c>--llama-bench</c> names, as NAME=PATH or PATH alone.</summary>
    /// <param name="option">Its name.</param>
    /// <param name="given">Its values.</param>
    /// <param name="extra">Values of the option for further arguments, NAME=ARGUMENTS.</param>
    /// <param name="extraOption">Its name.</param>
    /// <exception cref="UsageException">A value cannot be used; the message names it.</exception>
    public static IEnumerable<IPeer> LlamaBenches(string option, string[] given, string[] extra, string extraOption)
    {
        (string Name, string Path)[] programs = [.. given.Select(value => Named(value) is { } pair && !File.Exists(value) ? pair : (Path.GetFileNameWithoutExtension(value), value))];
        foreach ((string name, string path) in programs)
        {
            if (!File.Exists(path))
                throw new UsageException($"{option} names '{path}', which {(Directory.Exists(path) ? "is a folder" : "does not exist")}; give the file of the program, NAME=PATH");
            if (!PeerProcess.IsExecutable(path))
                throw new UsageException($"{option} names '{path}', which is not executable; give the file of the program");
        }
        if (programs.GroupBy(program => program.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new UsageException($"{option} has two programs named '{twice.Key}'; give each a name of its own, NAME=PATH");
        ILookup<string, string> arguments = extra
            .Select(value => Named(value) ?? throw new UsageException($"{extraOption} is '{value}'; write NAME=ARGUMENTS"))
            .ToLookup(pair => pair.Name, pair => pair.Value);
        if (arguments.Select(group => group.Key).Except(programs.Select(program => program.Name)).FirstOrDefault() is { } unknown)
            throw new UsageException($"{extraOption} is for '{unknown}', which no {option} names; write {option} {unknown}=PATH");
        return programs.Select(program => new LlamaBench(program.Name, Path.GetFullPath(program.Path),
            [.. arguments[program.Name].SelectMany(text => text.Split(' ', StringSplitOptions.RemoveEmptyEntries))]));
    }

    /// <summary>The npm package in a folder.</summary>
    /// <param name="option">That names the folder.</param>
    /// <param name="folder">Its value.</param>
    /// <exception cref="UsageException">It is not there.</exception>
    public static IPeer Node(string option, string folder) => File.Exists(NodeLlamaCpp.Description(folder))
        ? new NodeLlamaCpp(Path.GetFullPath(folder))
        : throw new UsageException($"{option} is '{folder}', where {NodeLlamaCpp.Description(".")} does not exist; give the folder in which 'npm install node-llama-cpp' was run");

    private static (string Name, string Value)? Named(string text) => text.IndexOf('=', StringComparison.Ordinal) is > 0 and var at ? (text[..at], text[(at + 1)..]) : null;
}
