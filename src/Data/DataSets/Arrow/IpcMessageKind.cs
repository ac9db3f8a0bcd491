// The kinds of Arrow IPC message, numbered as in Message.fbs.
namespace XClassFlow.Data.DataSets.Arrow;

internal enum IpcMessageKind
{
    None = 0,
    Schema = 1,
    DictionaryBatch = 2,
    RecordBatch = 3,
}
