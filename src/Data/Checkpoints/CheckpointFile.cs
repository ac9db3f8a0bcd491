// One file of a checkpoint, as the manifest lists it.
namespace XClassFlow.Data.Checkpoints;

/// <param name="Name">Plain file name inside the checkpoint.</param>
/// <param name="ByteLength">Its length in bytes.</param>
/// <param name="Checksum">XxHash3 (64 bits, seed 0) of its content, 16 lower-case hexadecimal digits.</param>
public sealed record CheckpointFile(string Name, long ByteLength, string Checksum);
