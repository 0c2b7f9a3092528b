using System.Runtime.InteropServices;

namespace ActorStreams.Connectors.Files.Runtime;

/// <summary>Makes names that were added to a folder, or taken from it, survive a power failure.</summary>
/// <remarks>On Windows the file system's own journal does that, and there is no call for it.</remarks>
internal static partial class FolderSync
{
    public static void Flush(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;
        int handle = Open(folder, 0);                  // O_RDONLY is 0 on every Unix
        if (handle < 0)
            throw new IOException($"Folder '{folder}' cannot be opened to flush it (error {Marshal.GetLastPInvokeError()}).");
        int result = Sync(handle);
        int error = Marshal.GetLastPInvokeError();
        _ = Close(handle);
        if (result != 0 && error != InvalidArgument)
            throw new IOException($"Folder '{folder}' cannot be flushed (error {error}).");
    }

    /// <summary>EINVAL: the file system (some network and user-space ones) has nothing to flush for a folder.</summary>
    private const int InvalidArgument = 22;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int handle);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int handle);
}
