// Two nodes' lanes over loopback, one of which sends in bulk while small parcels go to and fro.
using System.Diagnostics;
using XClassFlow.Cluster.Lane;
using static TorchSharp.torch;

namespace XClassFlow.Cluster.Benchmarks;

/// <summary>Owns endpoints and lanes.</summary>
internal sealed class LaneTransfer : IAsyncDisposable
{
    private const int Control = 0;
    private const int Bulk = 1;

    private readonly ILaneEndpoint[] _endpoints;
    private readonly List<double> _roundTrips = [];
    private ILane[] _lanes = [];
    private SemaphoreSlim _window = new(0);
    private TaskCompletionSource _allArrived = new();
    private long _left;
    private long _controlSent;
    private volatile bool _controlRuns;
    private TaskCompletionSource _controlEnded = new();

    private LaneTransfer(ILaneEndpoint[] endpoints) => _endpoints = endpoints;

    /// <summary>Round trips of the control parcels so far, in milliseconds.</summary>
    public IReadOnlyList<double> RoundTrips => _roundTrips;

    public static async Task<LaneTransfer> OpenAsync(LaneBenchmarkOptions options, TextWriter notes)
    {
        var transfer = new LaneTransfer([.. Enumerable.Range(0, 2).Select(_ => TcpLaneEndpoint.Start(options.Lane, options.Security, notes.WriteLine))]);
        var addresses = transfer._endpoints.Select(e => e.Address).ToArray();
        transfer._lanes = await Task.WhenAll(Enumerable.Range(0, 2).Select(
            self => transfer._endpoints[self].OpenAsync(new LanePlan("benchmark", 1, self, addresses), new End(transfer, self), CancellationToken.None)));
        return transfer;
    }

    /// <summary>Sends a tensor some times, always from the same memory, into new tensors.</summary>
    /// <param name="tensor">The tensor; stays the caller's.</param>
    /// <param name="count">How often.</param>
    /// <param name="inFlight">How many may be under way.</param>
    /// <returns>Bytes per second.</returns>
    public async Task<double> MeasureAsync(Tensor tensor, int count, int inFlight)
    {
        _window = new SemaphoreSlim(inFlight);
        _allArrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _controlEnded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _left, count);
        _controlRuns = true;
        SendControl();
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < count; i++)
        {
            await _window.WaitAsync();
            _lanes[0].Send(1, Bulk, new Parcel(ReadOnlyMemory<byte>.Empty, [tensor.detach().DetachFromDisposeScope()]));
        }

        await _allArrived.Task;
        var elapsed = clock.Elapsed;
        _controlRuns = false;
        await _controlEnded.Task;
        return tensor.numel() * tensor.element_size() * count / elapsed.TotalSeconds;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var endpoint in _endpoints)
        {
            await endpoint.DisposeAsync();
        }

        _window.Dispose();
    }

    private void SendControl()
    {
        _controlSent = Stopwatch.GetTimestamp();
        _lanes[0].Send(1, Control, new Parcel(new byte[16], []));
    }

    private void Received(int self, int stream)
    {
        switch (self, stream)
        {
            case (1, Control):
                _lanes[1].Send(0, Control, new Parcel(new byte[16], []));
                break;
            case (0, Control):
                _roundTrips.Add(Stopwatch.GetElapsedTime(_controlSent).TotalMilliseconds);
                if (_controlRuns)
                {
                    SendControl();
                }
                else
                {
                    _controlEnded.TrySetResult();
                }

                break;
            default:
                _window.Release();
                if (Interlocked.Decrement(ref _left) == 0)
                {
                    _allArrived.TrySetResult();
                }

                break;
        }
    }

    private sealed class End(LaneTransfer transfer, int self) : ILaneReceiver
    {
        void ILaneReceiver.Received(int node, int stream, Parcel parcel)
        {
            parcel.Dispose();
            transfer.Received(self, stream);
        }

        void ILaneReceiver.Broken(int node, Exception cause)
        {
            transfer._allArrived.TrySetException(cause);
            transfer._controlEnded.TrySetException(cause);
        }
    }
}
