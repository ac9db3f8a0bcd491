// Measures the tensor lane against a bare socket.
using System.Globalization;
using static TorchSharp.torch;

namespace XClassFlow.Cluster.Benchmarks;

/// <summary>
/// Both ends in this process over loopback, lane and socket in turn within one run, so that what else the machine does meets both. The socket writes into one buffer again
/// and again; the lane makes a new tensor for every parcel, as in a run.
/// </summary>
public static class LaneBenchmark
{
    /// <param name="options">What to measure.</param>
    /// <param name="output">Takes a line per size.</param>
    /// <param name="cancel">Ends it between two measurements.</param>
    public static async Task<LaneBenchmarkResult> RunAsync(LaneBenchmarkOptions options, TextWriter output, CancellationToken cancel = default)
    {
        using var socket = await RawSocketTransfer.ConnectAsync();
        var sizes = new List<LaneBenchmarkSize>();
        foreach (var bytes in options.Sizes)
        {
            sizes.Add(await MeasureAsync(options, bytes, socket, output, cancel));
            await output.WriteLineAsync(Describe(sizes[^1]));
        }

        return new LaneBenchmarkResult(Environment.ProcessorCount, options.Lane.Fragment.Bytes, options.Lane.Connections, options.Security.Tls.Enabled, sizes);
    }

    private static async Task<LaneBenchmarkSize> MeasureAsync(LaneBenchmarkOptions options, long bytes, RawSocketTransfer socket, TextWriter output, CancellationToken cancel)
    {
        var count = (int)Math.Max(2, (options.BytesPerRound + bytes - 1) / bytes);
        var inFlight = (int)Math.Clamp(options.Window / bytes, 2, 1024);
        using var from = ones(bytes, dtype: ScalarType.Byte);
        using var to = ones(bytes, dtype: ScalarType.Byte);
        await using var lane = await LaneTransfer.OpenAsync(options, output);

        // Without counting at first: code is compiled, in two tiers, memory is touched, windows open.
        for (var round = 0; round < options.WarmUpRounds; round++)
        {
            await lane.MeasureAsync(from, count, inFlight);
            await socket.MeasureAsync(from, to, count);
        }

        var warm = lane.RoundTrips.Count;
        var (laneRates, socketRates) = (new List<double>(), new List<double>());
        var allocated = 0L;
        var (laneCpu, socketCpu) = (TimeSpan.Zero, TimeSpan.Zero);
        for (var round = 0; round < options.Rounds; round++)
        {
            cancel.ThrowIfCancellationRequested();
            var before = GC.GetTotalAllocatedBytes(precise: true);
            var start = Environment.CpuUsage.TotalTime;
            laneRates.Add(await lane.MeasureAsync(from, count, inFlight));
            allocated += GC.GetTotalAllocatedBytes(precise: true) - before;
            var middle = Environment.CpuUsage.TotalTime;
            socketRates.Add(await socket.MeasureAsync(from, to, count));
            laneCpu += middle - start;
            socketCpu += Environment.CpuUsage.TotalTime - middle;
        }

        var gigabytes = (double)options.Rounds * count * bytes / 1e9;

        var trips = lane.RoundTrips.Skip(warm).Order().ToArray();
        var parcels = (double)options.Rounds * count + 2 * trips.Length;
        var frames = parcels + options.Rounds * count * Math.Ceiling((double)bytes / options.Lane.Fragment.Bytes) + 2 * trips.Length;
        return new LaneBenchmarkSize(
            bytes, Quantile([.. laneRates.Order()], 0.5), Quantile([.. socketRates.Order()], 0.5), Quantile([.. laneRates.Zip(socketRates, (a, b) => a / b).Order()], 0.5),
            laneCpu.TotalSeconds / gigabytes, socketCpu.TotalSeconds / gigabytes,
            Quantile(trips, 0.5), Quantile(trips, 0.99), trips.Length, allocated / frames, allocated / parcels);
    }

    private static double Quantile(double[] sorted, double q) => sorted[Math.Min(sorted.Length - 1, (int)(q * sorted.Length))];

    private static string Describe(LaneBenchmarkSize size) => string.Create(
        CultureInfo.InvariantCulture,
        $"{size.Bytes / 1024.0 / 1024,9:0.##} MiB  lane {size.LaneBytesPerSecond / 1e6,6:0} MB/s  socket {size.SocketBytesPerSecond / 1e6,6:0} MB/s  ratio {size.Ratio:0.00}  cpu {size.LaneCpuPerGigabyte:0.00} and {size.SocketCpuPerGigabyte:0.00} s/GB  control p50 {size.ControlMillisecondsP50:0.00} ms, p99 {size.ControlMillisecondsP99:0.00} ms ({size.ControlRoundTrips})  allocated {size.AllocatedPerFrame:0} B/frame, {size.AllocatedPerParcel:0} B/parcel");
}
