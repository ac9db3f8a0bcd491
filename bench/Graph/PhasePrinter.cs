// Prints when each phase of a build begins, by wall and CPU time.
using System.Diagnostics;
using System.Globalization;
using XClassFlow.Stages.Selection.Graph;

namespace XClassFlow.Bench.Graph;

internal sealed class PhasePrinter : IProgress<GraphProgress>
{
    private readonly double _start = Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds;
    private string _phase = "";

    public void Report(GraphProgress value)
    {
        if (value.Phase != _phase)
        {
            _phase = value.Phase;
            var cpu = Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds - _start;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"    {value.Seconds:F2} s, CPU {cpu:F2} s: {value.Phase}"));
        }
    }
}
