// Class rows from files: the head of a checkpoint, or a data set of features.
using XClassFlow.Data;
using XClassFlow.Data.Checkpoints;
using XClassFlow.Data.DataSets;
using XClassFlow.Data.Tensors;

namespace XClassFlow.Stages.Selection.Graph;

/// <summary>Unit rows and whatever they are read from. Owns both.</summary>
internal sealed unsafe class StoredRows : IDisposable
{
    private readonly IDisposable _source;

    private StoredRows(MemoryRows rows, IDisposable source, long? step, string name) => (Rows, _source, Step, Name) = (rows, source, step, name);

    public MemoryRows Rows { get; }

    /// <summary>Updates done by the run that wrote them; null where it was none.</summary>
    public long? Step { get; }

    /// <summary>What they are, for messages.</summary>
    public string Name { get; }

    /// <summary>Class weights where they lie in the checkpoint's files, mapped, fp32 or bf16. Rows with pending momentum count as stored.</summary>
    /// <param name="path">One checkpoint, or a directory of them.</param>
    /// <param name="team">Reads every row once.</param>
    /// <exception cref="UserErrorException">There is none, it is damaged, or a weight is not finite.</exception>
    public static StoredRows OfCheckpoint(string path, WorkerTeam team)
    {
        var checkpoint = Checkpoint.Open(path, verifyChecksums: false);
        try
        {
            var head = HeadRows.Open(checkpoint);
            var views = head.Views("weight");
            var segments = views.Select(v => new RowSegment(v.ClassStart, v.Rows.Shape[0], v.Rows.Address)).ToArray();
            var rows = new MemoryRows(segments, (int)head.Width, head.TypeOf("weight"), team, checkpoint.Path);
            return new StoredRows(rows, checkpoint, checkpoint.Step, checkpoint.Path);
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>A class's row is the mean of its samples' features.</summary>
    /// <param name="path">An Arrow file of features; docs/data-format.md.</param>
    /// <param name="team">Does the work.</param>
    /// <exception cref="UserErrorException">The file is no such thing, or a value is not finite.</exception>
    public static StoredRows OfFeatures(string path, WorkerTeam team)
    {
        using var data = ArrowDataSet.Open(path);
        if (data.Storage != SampleStorage.Features)
        {
            throw new UserErrorException("holds pictures, not features", path, "name a file with a column 'features', one row or more per class");
        }

        var width = data.Shape.Length;
        var sums = new NativeBuffer<float>(data.Classes * width);
        try
        {
            for (var c = 0L; c < data.Classes; c++)
            {
                sums.Span(c * width, width).Clear();
            }

            var sample = new float[width];
            for (var i = 0L; i < data.Count; i++)
            {
                data.ReadFeatures(i, sample);
                var row = sums.Span(data.LabelOf(i) * width, width);
                for (var d = 0; d < width; d++)
                {
                    row[d] += sample[d];
                }
            }

            return new StoredRows(new MemoryRows([new RowSegment(0, data.Classes, (nint)sums.Pointer)], width, ElementType.Float32, team, path), sums, null, path);
        }
        catch
        {
            sums.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Rows.Dispose();
        _source.Dispose();
    }
}
