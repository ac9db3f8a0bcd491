// What a run leaves is read by readers that share no code with the writers.
using System.Text;
using System.Text.Json;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using XClassFlow.Cluster.Training;
using XClassFlow.Data.DataSets;

namespace XClassFlow.Cluster.Tests.Training;

public sealed class ForeignReadersTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("xclassflow-foreign-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Safetensors_of_a_checkpoint_are_read_from_their_header_and_offsets_alone()
    {
        var path = await TrainAsync();
        long next = 0;
        foreach (var file in Directory.GetFiles(path, "head-*.safetensors").Order(StringComparer.Ordinal))
        {
            var (header, data) = Read(file);
            var metadata = header.GetProperty("__metadata__");
            var count = long.Parse(metadata.GetProperty("num_local").GetString()!, null);
            Assert.Equal(next, long.Parse(metadata.GetProperty("class_start").GetString()!, null));
            var weight = header.GetProperty("weight");
            Assert.Equal("F32", weight.GetProperty("dtype").GetString());
            Assert.Equal([count, 16], Numbers(weight, "shape"));
            var offsets = Numbers(weight, "data_offsets");
            Assert.All(Floats(data[(int)offsets[0]..(int)offsets[1]]), x => Assert.InRange(Math.Abs(x), 0, 10));
            next += count;
        }

        Assert.Equal(403, next);
        var names = Read(Path.Combine(path, "backbone.safetensors")).Header.EnumerateObject().Select(p => p.Name).ToArray();
        Assert.Contains("embedding.linear.weight", names);
    }

    [Fact]
    public async Task Predictions_are_read_by_Apache_Arrow()
    {
        var path = await TrainAsync();
        var data = Path.Combine(_folder.FullName, "samples.arrow");
        using (var writer = new ArrowDataSetWriter(data, SampleShape.Features(16), 403, SampleStorage.Features))
        {
            for (var i = 0; i < 7; i++)
            {
                writer.WriteFeatures(i, [.. Enumerable.Range(0, 16).Select(j => (float)(i == j ? 1 : 0))]);
            }

            writer.Complete();
        }

        var predictions = Path.Combine(_folder.FullName, "new", "predictions.arrow");
        await new LocalRuns().PredictAsync(new PredictOptions(path, data, predictions, 3), new StepObserver(), CancellationToken.None);

        using var stream = File.OpenRead(predictions);
        using var reader = new ArrowFileReader(stream);
        using var batch = await reader.ReadNextRecordBatchAsync(TestContext.Current.CancellationToken);
        Assert.Equal([0L, 1, 2, 3, 4, 5, 6], ((Int64Array)batch.Column("sample")).Values.ToArray());
        Assert.Equal([0L, 1, 2, 3, 4, 5, 6], ((Int64Array)batch.Column("label")).Values.ToArray());
        var classes = ((Int64Array)((FixedSizeListArray)batch.Column("classes")).Values).Values.ToArray();
        var scores = ((FloatArray)((FixedSizeListArray)batch.Column("scores")).Values).Values.ToArray();
        Assert.Equal((21, 21), (classes.Length, scores.Length));
        Assert.All(classes, c => Assert.InRange(c, 0, 402));
        Assert.All(scores.Chunk(3), s => Assert.Equal(s.OrderDescending(), s));
        GC.KeepAlive(batch);
    }

    private async Task<string> TrainAsync()
    {
        var checkpoints = Path.Combine(_folder.FullName, "checkpoints");
        await new LocalRuns().TrainAsync(
            new TrainOptions(TinyConfiguration.With("schedule.updates=3"), checkpoints, Resume: false, ReportLosses: false), new StepObserver(), CancellationToken.None);
        return Path.Combine(checkpoints, (await File.ReadAllTextAsync(Path.Combine(checkpoints, "latest"), TestContext.Current.CancellationToken)).Trim());
    }

    // 8 bytes of header length, the header, the tensors: all there is to the format.
    private static (JsonElement Header, byte[] Data) Read(string file)
    {
        var bytes = File.ReadAllBytes(file);
        var length = checked((int)BitConverter.ToUInt64(bytes, 0));
        var header = JsonDocument.Parse(Encoding.UTF8.GetString(bytes, 8, length)).RootElement;
        var data = bytes[(8 + length)..];

        // The tensors fill the data without gaps.
        var ranges = header.EnumerateObject().Where(p => p.Name != "__metadata__").Select(p => Numbers(p.Value, "data_offsets")).OrderBy(r => r[0]).ToArray();
        Assert.Equal(0, (8 + length) % 64);
        Assert.Equal(data.Length, ranges.Aggregate(0L, (end, r) => r[0] == end ? r[1] : -1));
        return (header, data);
    }

    private static long[] Numbers(JsonElement tensor, string member) => [.. tensor.GetProperty(member).EnumerateArray().Select(n => n.GetInt64())];

    private static float[] Floats(byte[] bytes) => [.. Enumerable.Range(0, bytes.Length / 4).Select(i => BitConverter.ToSingle(bytes, 4 * i))];
}
