// The waiting side of a pair: takes the connections that the endpoint has accepted.
using System.Threading.Channels;
using XClassFlow.Cluster.Lane.Handshake;

namespace XClassFlow.Cluster.Lane.Tcp;

/// <summary>Only the newest waiting connection counts: its sender has given up the others.</summary>
/// <param name="instance">Number of this node's lane.</param>
/// <param name="timeout">How long the last word may take.</param>
internal sealed class ChannelInbox(ulong instance, TimeSpan timeout) : IChannelSource, IDisposable
{
    private readonly Channel<AcceptedChannel> _waiting = Channel.CreateUnbounded<AcceptedChannel>();

    public string LastFailure { get; private set; } = "";

    /// <summary>Takes a connection over.</summary>
    public void Offer(AcceptedChannel accepted)
    {
        if (!_waiting.Writer.TryWrite(accepted))
        {
            accepted.Channel.Dispose();
        }
    }

    public async Task<LaneChannel> ConnectAsync(CancellationToken cancel)
    {
        while (true)
        {
            var accepted = await _waiting.Reader.ReadAsync(cancel);
            while (_waiting.Reader.TryRead(out var newer))
            {
                accepted.Channel.Dispose();
                accepted = newer;
            }

            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            limit.CancelAfter(timeout);
            try
            {
                await LaneHandshake.AcceptAsync(accepted.Channel.Stream, accepted.Transcript, instance, limit.Token);
                return accepted.Channel;
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
            {
                LastFailure = e.Message;
                accepted.Channel.Dispose();
                cancel.ThrowIfCancellationRequested();
            }
        }
    }

    public void Dispose()
    {
        _waiting.Writer.TryComplete();
        while (_waiting.Reader.TryRead(out var accepted))
        {
            accepted.Channel.Dispose();
        }
    }
}
