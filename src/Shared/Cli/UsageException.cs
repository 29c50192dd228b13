namespace Weft.Cli;

/// <summary>The command line asks for something impossible. The message names the option, its value and what to do instead.</summary>
internal sealed class UsageException(string message) : Exception(message);
