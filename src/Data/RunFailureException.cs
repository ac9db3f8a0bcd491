// A run failed for a reason that lies neither in its input nor in the program: its one line says all there is to say.
namespace XClassFlow.Data;

/// <summary>The command prints <see cref="Exception.Message"/> without a stack and exits with code 1.</summary>
public class RunFailureException : Exception
{
    /// <param name="message">What failed, where, and what to do; line ends become spaces.</param>
    /// <param name="inner">The cause, where there is one.</param>
    public RunFailureException(string message, Exception? inner = null)
        : base(message.ReplaceLineEndings(" "), inner)
    {
    }
}
