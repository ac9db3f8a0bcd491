// Where class weights may lie.
namespace XClassFlow.Stages.Head;

/// <summary>Of a new run's rows there is no file yet: they lie in RAM either way.</summary>
public enum WeightStorage
{
    /// <summary>Read into memory.</summary>
    Ram,

    /// <summary>A resumed run's rows and their state stay in the checkpoint's own file, mapped privately: a page costs memory of its own when a row of it is written.</summary>
    Mapped,
}
