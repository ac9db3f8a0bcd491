// What a receiving node can know of a message before it opens it.
namespace XClassFlow.Cluster.Hosting;

/// <summary>Part of a message's head.</summary>
/// <param name="Sent">When the sender handed it over, by its clock: UTC in ticks of 100 ns; 0: it makes no timeline.</param>
/// <param name="Step">The message's step.</param>
/// <param name="MicroBatch">Its micro-batch.</param>
internal readonly record struct MessageStamp(long Sent, long Step, int MicroBatch)
{
    public void Write(BinaryWriter writer)
    {
        writer.Write(Sent);
        writer.Write(Step);
        writer.Write(MicroBatch);
    }

    /// <exception cref="EndOfStreamException">It is not there.</exception>
    public static MessageStamp Read(BinaryReader reader) => new(reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt32());
}
