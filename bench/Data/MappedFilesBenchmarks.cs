// What it costs to ask whether the mapped files still are what they were.
using BenchmarkDotNet.Attributes;
using XClassFlow.Data;
using XClassFlow.Data.Checkpoints;
using XClassFlow.Data.Tensors;

namespace XClassFlow.Bench.Data;

/// <summary>Asked before every call of a stage and every chunk of rows: weights, momentum and last steps of a shard are three mappings.</summary>
[SimpleJob(launchCount: 1, warmupCount: 2, iterationCount: 10)]
public class MappedFilesBenchmarks
{
    private readonly List<IDisposable> _mapped = [];
    private string _path = "";

    [Params(1, 3, 24)]
    public int Mappings { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _path = Path.GetTempFileName();
        using (var file = File.Create(_path))
        {
            SafetensorsWriter.Write(file, null, [TensorBlock.FromArray("weight", ElementType.Int32, [100, 3], new int[300])]);
        }

        using var reader = SafetensorsReader.Open(_path);
        _mapped.AddRange(Enumerable.Range(0, Mappings).Select(_ => reader.MapRows("weight", 0, 100)));
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _mapped.ForEach(m => m.Dispose());
        File.Delete(_path);
    }

    [Benchmark]
    public int Check()
    {
        MappedFiles.Check();
        return _mapped.Count;
    }
}
