// Settings of libtorch.
using XClassFlow.Data;

namespace XClassFlow.Stages.Training;

/// <summary>Which libtorch, and how many threads.</summary>
/// <param name="Libtorch">Folder of a libtorch or a PyTorch install; empty: the environment variable XCLASSFLOW_LIBTORCH, else the bundled one.</param>
/// <param name="Threads">Threads of one operation; 0: one per core. Part of what makes runs bit-identical.</param>
public sealed record TorchSettings(string Libtorch = "", int Threads = 0)
{
    public void Validate(string path)
        => SettingsCheck.Within(path, "threads", Threads, 0, 1024, "0 is one per core");
}
