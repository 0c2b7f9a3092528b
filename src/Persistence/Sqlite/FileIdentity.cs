using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace ActorStreams.Persistence.Sqlite;

/// <summary>Which file a path leads to now.</summary>
/// <param name="Device">The number of the file system; 0 where the system does not tell.</param>
/// <param name="Inode">The number of the file in it; 0 where the system does not tell.</param>
/// <param name="SizeBytes">How long it is.</param>
internal readonly partial record struct FileIdentity(ulong Device, ulong Inode, long SizeBytes)
{
    private const int Here = -100, InodeAndSize = 0x300, BufferBytes = 512;

    /// <summary>The file at a path; null if there is none.</summary>
    public static FileIdentity? Of(string path)
    {
        try
        {
            FileIdentity? known = OperatingSystem.IsLinux() ? OfLinux(path) : OperatingSystem.IsMacOS() ? OfMac(path) : null;
            if (known is not null)
                return known;
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException)
        {
            // a system library without the call: that the file is there must do
        }

        FileInfo file = new(path);
        return file.Exists ? new FileIdentity(0, 0, file.Length) : null;
    }

    /// <summary>Whether both are one file, as far as the system tells.</summary>
    public bool IsSameFile(in FileIdentity other) => Inode == 0 || other.Inode == 0 || (Device == other.Device && Inode == other.Inode);

    // struct statx is the kernel's, the same on every architecture: inode at 32, size at 40, device at 136 (major) and 140 (minor)
    private static FileIdentity? OfLinux(string path)
    {
        byte[] found = new byte[BufferBytes];
        if (Statx(Here, path, 0, InodeAndSize, found) != 0)
            return null;
        ReadOnlySpan<byte> bytes = found;
        return new FileIdentity(BitConverter.ToUInt64(bytes[136..]), BitConverter.ToUInt64(bytes[32..]), BitConverter.ToInt64(bytes[40..]));
    }

    // struct stat with 64-bit inodes: device at 0, inode at 8, size at 96
    private static FileIdentity? OfMac(string path)
    {
        byte[] found = new byte[BufferBytes];
        if ((RuntimeInformation.ProcessArchitecture == Architecture.X64 ? StatOfX64(path, found) : Stat(path, found)) != 0)
            return null;
        ReadOnlySpan<byte> bytes = found;
        return new FileIdentity(BinaryPrimitives.ReadUInt32LittleEndian(bytes), BitConverter.ToUInt64(bytes[8..]),
            BitConverter.ToInt64(bytes[96..]));
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, [Out] byte[] found);

    [LibraryImport("libc", EntryPoint = "stat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(string path, [Out] byte[] found);

    [LibraryImport("libc", EntryPoint = "stat$INODE64", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatOfX64(string path, [Out] byte[] found);
}
