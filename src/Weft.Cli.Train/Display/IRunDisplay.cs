using Weft.Training.Runs;

namespace Weft.Cli.Train.Display;

/// <summary>Shows a run while it goes on. Calls may come from several threads.</summary>
/// <remarks>Results go to standard output after disposal: before, a terminal may draw over them.</remarks>
internal interface IRunDisplay : IRunObserver, IDisposable
{
    /// <summary>A piece of text that a model is writing right now.</summary>
    void Token(string text);
}
