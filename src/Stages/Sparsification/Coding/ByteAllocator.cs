// Memory for a code whose length only its writer knows.
namespace XClassFlow.Stages.Sparsification;

/// <summary>Gives memory of just this many bytes; called once.</summary>
internal delegate Span<byte> ByteAllocator(int length);
