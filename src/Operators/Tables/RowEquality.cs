namespace ActorStreams.Operators.Tables;

/// <summary>Whether two rows are the same row: equal by their own account, or else alike in the form that equal keys share, so that classes
/// without an equality of their own will do.</summary>
internal sealed class RowEquality<T>
{
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
        KeyForm<T>.Write(_left, left);
        KeyForm<T>.Write(_right, right);
        return _left.Written.SequenceEqual(_right.Written);
    }
}
