// Progress of a class graph as lines.
using System.Globalization;
using XClassFlow.Stages.Selection.Graph;

namespace XClassFlow.Cluster.Training;

/// <summary>A line for every phase, and one every few seconds within it. Thread-safe.</summary>
internal sealed class GraphNotes(Action<string> note) : IProgress<GraphProgress>
{
    private const double Interval = 5;

    private readonly Lock _gate = new();
    private string _phase = "";
    private double _next;

    public void Report(GraphProgress value)
    {
        lock (_gate)
        {
            if (value.Phase == _phase && value.Seconds < _next)
            {
                return;
            }

            (_phase, _next) = (value.Phase, value.Seconds + Interval);
            note(string.Create(CultureInfo.InvariantCulture, $"{value.Seconds,7:F1} s  {value.Phase}{(value.Share > 0 ? $", {100 * value.Share:F0} %" : "")}"));
        }
    }
}
