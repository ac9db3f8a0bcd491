// What .NET and libtorch throw when there is no memory left, as one line.
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using XClassFlow.Data;

namespace XClassFlow.Stages.Flow;

/// <summary>An allocation failed inside a stage: the run ends, and the checkpoints are as they were.</summary>
public sealed partial class MemoryFailure : RunFailureException
{
    private MemoryFailure(StageAddress stage, long? step, string what, Exception cause)
        : base($"there is no memory left for stage {stage}{(step is null ? "" : $" in step {step}")}{what}; see `xclassflow plan` for what a run needs; checkpoints are as they were", cause)
    {
    }

    /// <summary>The failure behind an exception; null where it is another.</summary>
    /// <param name="cause">What the stage threw.</param>
    /// <param name="stage">The stage.</param>
    /// <param name="step">Of the message that it handled.</param>
    internal static MemoryFailure? Of(Exception cause, StageAddress stage, long? step)
    {
        for (var e = cause; e is not null; e = e is AggregateException { InnerExceptions: [var first, ..] } ? first : e.InnerException)
        {
            if (e is OutOfMemoryException)
            {
                return new MemoryFailure(stage, step, "", cause);
            }

            // libtorch has one type for all its errors: on the CPU "DefaultCPUAllocator: can't allocate memory: you tried to allocate N bytes", on a GPU "CUDA out of memory. Tried to allocate".
            if (e is ExternalException && Refused().Match(e.Message) is { Success: true } refused)
            {
                var asked = refused.Groups[1].Success ? string.Create(CultureInfo.InvariantCulture, $": it asked for {decimal.Parse(refused.Groups[1].Value, CultureInfo.InvariantCulture):N0} bytes") : "";
                return new MemoryFailure(stage, step, asked, cause);
            }
        }

        return null;
    }

    [GeneratedRegex(@"DefaultCPUAllocator.*?(?:allocate (\d+) bytes|$)|CUDA out of memory", RegexOptions.Singleline)]
    private static partial Regex Refused();
}
