// The sending loop of a connection.
using XClassFlow.Cluster.Lane.Wire;

namespace XClassFlow.Cluster.Lane.Tcp;

/// <summary>Says where the other side shall go on, then sends acknowledgements, parcels and signs of life. The members that are no loop are thread-safe.</summary>
/// <param name="writer">Where to; for this object alone.</param>
/// <param name="lent">What shows that this process lends its memory; null: it does not. Borrowed.</param>
/// <param name="pace">Holds it back.</param>
/// <param name="outgoing">What is sent.</param>
/// <param name="incoming">What is acknowledged.</param>
/// <param name="signal">Set when there is something to send.</param>
/// <param name="isOpen">Whether to go on.</param>
internal sealed class ConnectionSender(FrameWriter writer, LentMemory? lent, LanePace pace, SendQueue outgoing, ReceiveQueue incoming, AsyncSignal signal, Func<bool> isOpen)
{
    private bool _sendPing;
    private bool _sendTake;
    private long _bytesLent;
    private long _lastSent = Environment.TickCount64;

    /// <summary>Bytes sent or lent so far.</summary>
    public long Sent => writer.Written + Volatile.Read(ref _bytesLent);

    /// <summary>When something was last sent, in ticks of <see cref="Environment.TickCount64"/>.</summary>
    public long LastTick => Volatile.Read(ref _lastSent);

    /// <summary>A sign of life shall be sent.</summary>
    public void Ping()
    {
        Volatile.Write(ref _sendPing, true);
        signal.Set();
    }

    /// <summary>The peer shall be told that its memory can be read.</summary>
    public void Take()
    {
        Volatile.Write(ref _sendTake, true);
        signal.Set();
    }

    /// <summary>Runs until the connection ends.</summary>
    /// <param name="positions">Where the streams that come in stand.</param>
    public async Task RunAsync(List<StreamPosition> positions)
    {
        await Task.Yield();
        var scratch = new byte[StreamPosition.MaxBytes];
        await SendResumeAsync(positions, scratch);
        if (lent is not null)
        {
            lent.WriteOffer(scratch);
            await writer.WriteAsync(FrameType.Offer, 0, 0, 0, scratch.AsMemory(0, LentMemory.OfferSize), CancellationToken.None);
            await writer.FlushAsync(CancellationToken.None);
        }

        while (isOpen())
        {
            var acknowledgements = incoming.TakeAcknowledgements(scratch);
            if (acknowledgements > 0)
            {
                await pace.TakeAsync(FrameHeader.Size + acknowledgements);
                await writer.WriteAsync(FrameType.Acknowledge, 0, 0, 0, scratch.AsMemory(0, acknowledgements), CancellationToken.None);
            }

            if (Volatile.Read(ref _sendTake))
            {
                Volatile.Write(ref _sendTake, false);
                await writer.WriteAsync(FrameType.Take, 0, 0, 0, ReadOnlyMemory<byte>.Empty, CancellationToken.None);
            }

            if (outgoing.TryTake(out var fragment))
            {
                await SendAsync(fragment);
                continue;
            }

            pace.Rest();
            if (Volatile.Read(ref _sendPing))
            {
                Volatile.Write(ref _sendPing, false);
                await writer.WriteAsync(FrameType.Ping, 0, 0, 0, ReadOnlyMemory<byte>.Empty, CancellationToken.None);
            }

            await writer.FlushAsync(CancellationToken.None);
            Volatile.Write(ref _lastSent, Environment.TickCount64);
            if (acknowledgements == 0)
            {
                await signal.WaitAsync();
            }
        }
    }

    private async ValueTask SendAsync(Fragment fragment)
    {
        try
        {
            var parcel = fragment.Parcel;
            var bytes = (fragment.Opens ? FrameHeader.Size + parcel.Descriptor.Length : 0) + (fragment.Lent || fragment.Length == 0 ? 0 : FrameHeader.Size + fragment.Length);
            if (pace.HoldsBack(bytes))
            {
                await writer.FlushAsync(CancellationToken.None);
            }

            await pace.TakeAsync(bytes);
            if (fragment.Opens)
            {
                await writer.WriteAsync(FrameType.Open, fragment.Stream.Number, parcel.Sequence, parcel.Memory.Length, parcel.Descriptor, CancellationToken.None);
            }

            if (fragment.Lent)
            {
                await writer.WriteAsync(FrameType.Lend, fragment.Stream.Number, parcel.Sequence, fragment.Offset, parcel.Memory.Addresses(), CancellationToken.None);
                Volatile.Write(ref _bytesLent, _bytesLent + fragment.Length);
            }
            else if (fragment.Length > 0)
            {
                await writer.WriteDataAsync(fragment.Stream.Number, parcel.Sequence, parcel.Memory, fragment.Offset, (int)fragment.Length, CancellationToken.None);
            }
        }
        finally
        {
            outgoing.Done(fragment);
        }
    }

    private async Task SendResumeAsync(List<StreamPosition> positions, byte[] scratch)
    {
        var sent = 0;
        do
        {
            var used = 0;
            for (; sent < positions.Count && used < scratch.Length; sent++, used += StreamPosition.Size)
            {
                positions[sent].Write(scratch.AsSpan(used));
            }

            await writer.WriteAsync(FrameType.Resume, 0, 0, sent == positions.Count ? 1 : 0, scratch.AsMemory(0, used), CancellationToken.None);
        }
        while (sent < positions.Count);
        await writer.FlushAsync(CancellationToken.None);
    }
}
