// The trace as a file that Perfetto (ui.perfetto.dev) and Chrome (chrome://tracing) open.
using System.Text.Json;

namespace XClassFlow.Stages.Timelines;

/// <summary>
/// Trace Event Format: a process per node, a thread per stage instance, transfers as asynchronous events named by their link. Times are microseconds of UTC, so the files
/// of several nodes can be joined as they are.
/// </summary>
internal static class TraceFile
{
    /// <summary>Writes a file; what was there is replaced.</summary>
    /// <param name="path">The file.</param>
    /// <param name="node">Number of the process.</param>
    /// <param name="first">The first step, from 0.</param>
    /// <param name="ends">Where the steps end, after the begin of the first one.</param>
    /// <param name="calls">Calls of stages.</param>
    /// <param name="transfers">Messages from other nodes.</param>
    public static void Write(string path, int node, long first, IReadOnlyList<long> ends, IReadOnlyList<StageSpan> calls, IReadOnlyList<TransferSpan> transfers)
    {
        using var file = File.Create(path);
        using var json = new Utf8JsonWriter(file);
        json.WriteStartObject();
        json.WriteString("displayTimeUnit", "ms");
        json.WriteStartArray("traceEvents");
        Name(json, node, 0, "process_name", $"node {node}");
        Name(json, node, 0, "thread_name", "steps");
        for (var i = 0; i + 1 < ends.Count; i++)
        {
            Begin(json, "X", "step", $"step {first + i + 1}", node, 0, ends[i]);
            json.WriteNumber("dur", Microseconds(ends[i + 1] - ends[i]));
            json.WriteEndObject();
        }

        foreach (var (stage, thread) in calls.Select(c => c.Stage).Distinct().OrderBy(s => s.ToString(), StringComparer.Ordinal).Select((s, i) => (s, i + 1)))
        {
            Name(json, node, thread, "thread_name", stage.ToString());
            foreach (var call in calls.Where(c => c.Stage == stage))
            {
                Begin(json, "X", "stage", call.Activity, node, thread, call.Begin);
                json.WriteNumber("dur", Microseconds(call.End - call.Begin));
                json.WriteStartObject("args");
                if (call.Step >= 0)
                {
                    json.WriteNumber("step", call.Step + 1);
                    json.WriteNumber("micro_batch", call.MicroBatch);
                }

                json.WriteEndObject();
                json.WriteEndObject();
            }
        }

        for (var i = 0; i < transfers.Count; i++)
        {
            Write(json, node, $"{node}.{i}", transfers[i]);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, int node, string id, TransferSpan transfer)
    {
        Begin(json, "b", "transfer", transfer.Link.ToString(), node, 0, transfer.Begin);
        json.WriteString("id", id);
        json.WriteStartObject("args");
        json.WriteNumber("from", transfer.From);
        json.WriteNumber("to", transfer.To);
        json.WriteNumber("step", transfer.Step + 1);
        json.WriteNumber("micro_batch", transfer.MicroBatch);
        json.WriteNumber("bytes", transfer.Bytes);
        json.WriteEndObject();
        json.WriteEndObject();
        Begin(json, "e", "transfer", transfer.Link.ToString(), node, 0, Math.Max(transfer.Begin, transfer.End));
        json.WriteString("id", id);
        json.WriteEndObject();
    }

    private static void Name(Utf8JsonWriter json, int node, int thread, string what, string name)
    {
        json.WriteStartObject();
        json.WriteString("ph", "M");
        json.WriteString("name", what);
        json.WriteNumber("pid", node);
        json.WriteNumber("tid", thread);
        json.WriteStartObject("args");
        json.WriteString("name", name);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Begin(Utf8JsonWriter json, string phase, string category, string name, int node, int thread, long ticks)
    {
        json.WriteStartObject();
        json.WriteString("ph", phase);
        json.WriteString("cat", category);
        json.WriteString("name", name);
        json.WriteNumber("pid", node);
        json.WriteNumber("tid", thread);
        json.WriteNumber("ts", Microseconds(ticks - DateTime.UnixEpoch.Ticks));
    }

    private static decimal Microseconds(long ticks) => ticks / (decimal)TimeSpan.TicksPerMicrosecond;
}
