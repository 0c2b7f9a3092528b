using ActorStreams.Core.Codecs;

namespace ActorStreams.Operators.Tables;

/// <summary>Whether two rows are the same row: equal by their own account, or else alike when stored, so that classes without an equality of their own will do.</summary>
internal sealed class RowEquality<T>
{
    private readonly Codec<T> _codec = RecordCodec.Of<T>();
    private readonly BlobWriter _left = new();
    private readonly BlobWriter _right = new();

    public bool AreSame(T left, T right)
    {
        if (EqualityComparer<T>.Default.Equals(left, right))
            return true;
        if (left is null || right is null)
            return false;
        _left.Clear();
        _right.Clear();
        _codec.Write(_left, left);
        _codec.Write(_right, right);
        return _left.Written.SequenceEqual(_right.Written);
    }
}
