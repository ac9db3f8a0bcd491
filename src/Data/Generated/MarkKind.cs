// The figures that marks can be.
namespace XClassFlow.Data.Generated;

internal enum MarkKind
{
    Ellipse,
    Box,
    Ring,
    Cross,
}
